import process from 'node:process';
import { EDIT_HOOK_WAIT_MS, HOOK_WAIT_MS, type HookEvent } from '../protocol/hook-events.ts';
import { officeSocket } from '../repository/office-socket.ts';
import { questionOf } from './hook-input.ts';
import { outputOf } from './hook-output.ts';
import { askCoordinator } from './hook-socket.ts';

/** How long the client may take to say what has happened, in milliseconds. */
const INPUT_MAX_MS = 2000;
/** More than this on stdin is read no further, in characters: a tool's whole output is in it. */
const INPUT_MAX_CHARS = 64 * 1024 * 1024;

/**
 * Runs one hook: what happened on stdin, what there is to say on stdout. Whatever fails, it says nothing and the
 * client goes on; with `PAW_DEBUG` set, stderr tells how it ended. It never starts a coordinator.
 */
export async function runHook(event: HookEvent): Promise<void> {
  process.exitCode = 0;
  try {
    debug(await ask(event));
  } catch (error) {
    debug(error instanceof Error ? error.message : String(error));
  } finally {
    process.stdin.destroy();
  }
}

/** Resolves with how it went, in words. */
async function ask(event: HookEvent): Promise<string> {
  const question = questionOf(event, await input(), { env: process.env, folder: process.cwd() });
  if (question === undefined) return 'stdin holds no JSON object, or this is no worktree';
  const socket = officeSocket(question.stateDir);
  if (socket === undefined) return 'no coordinator is running';
  const began = performance.now();
  await askCoordinator(
    socket,
    question.request,
    event === 'PreToolUse' ? EDIT_HOOK_WAIT_MS : HOOK_WAIT_MS,
    (answer) => {
      const output = outputOf(event, answer);
      return output === undefined ? Promise.resolve() : print(JSON.stringify(output));
    },
  );
  return `answered in ${Math.round(performance.now() - began)} ms`;
}

function input(): Promise<string> {
  const { stdin } = process;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`nothing on stdin for ${INPUT_MAX_MS} ms`)), INPUT_MAX_MS);
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      finish();
    };
    let text = '';
    stdin.setEncoding('utf8');
    stdin.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > INPUT_MAX_CHARS) settle(() => reject(new Error('stdin is too long')));
    });
    stdin.once('end', () => settle(() => resolve(text)));
    stdin.once('error', (error) => settle(() => reject(error)));
  });
}

function print(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.once('error', reject);
    process.stdout.write(`${text}\n`, (error) => (error ? reject(error) : resolve()));
  });
}

function debug(how: string): void {
  if (process.env.PAW_DEBUG) process.stderr.write(`paw-coordinator hook: ${how}\n`);
}
