import { execFile } from 'node:child_process';

/** How long git may take if the caller does not say, in milliseconds. */
const GIT_TIMEOUT_MS = 10_000;
/** How much git may print, in bytes: a list of some hundred thousand long paths. */
const OUTPUT_MAX_BYTES = 64 * 1024 * 1024;
/** Variables that make git look at another repository than the one of its working folder, or read paths otherwise. */
const LOCATION_VARIABLES = [
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_COMMON_DIR',
  'GIT_INDEX_FILE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_NAMESPACE',
  'GIT_PREFIX',
  'GIT_GLOB_PATHSPECS',
  'GIT_NOGLOB_PATHSPECS',
  'GIT_ICASE_PATHSPECS',
];

export interface GitOptions {
  env: NodeJS.ProcessEnv;
  signal?: AbortSignal | undefined;
  /** Longest time in milliseconds; 10,000 if not given. */
  timeoutMs?: number;
  /** What git reads from its standard input; nothing if not given. */
  input?: string;
}

export interface GitAnswer {
  /** Zero, or what git ended with. */
  code: number;
  stdout: string;
  stderr: string;
}

/**
 * Runs git in a folder, without optional locks and in English. A failure of git itself is an answer.
 *
 * Rejects with the reason of `signal`, or with the error of Node if git could not be started or took too long.
 */
export function git(
  folder: string,
  args: readonly string[],
  { env, signal, timeoutMs = GIT_TIMEOUT_MS, input = '' }: GitOptions,
): Promise<GitAnswer> {
  return new Promise((resolve, reject) => {
    // Node leaves its listener where it is if git could not be started, so it gets a signal that ends with this call.
    const own = new AbortController();
    const stop = (): void => own.abort(signal?.reason);
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted) stop();
    const options = {
      cwd: folder,
      env: gitEnvironment(env),
      timeout: timeoutMs,
      maxBuffer: OUTPUT_MAX_BYTES,
      windowsHide: true,
      signal: own.signal,
    };
    const child = execFile('git', args, options, (error, stdout, stderr) => {
      signal?.removeEventListener('abort', stop);
      const code = error === null ? 0 : error.code;
      if (typeof code === 'number') resolve({ code, stdout, stderr });
      else reject(signal?.aborted ? signal.reason : error);
    });
    // A git that ends before it has read everything says why by its exit code.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
}

/** `env` for a git that is to work in its own folder, speak English and take no optional locks. */
export function gitEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !LOCATION_VARIABLES.includes(name));
  return { ...Object.fromEntries(kept), GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' };
}
