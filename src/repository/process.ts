import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { errorCode } from './error-code.ts';

/** Longest wait for `ps`, `sysctl` or PowerShell, in milliseconds. */
const HELPER_TIMEOUT_MS = 5_000;
/** Where the start time stands in `/proc/<pid>/stat`, counted after the command name: field 22 of proc(5). */
const STAT_START_INDEX = 19;

/**
 * When a process started, as the operating system writes it: the same text for the same process, another one
 * for a later process with the same pid. Undefined if there is no such process or the system does not tell.
 * Nothing is cached: the answer is true when it is given.
 */
export function processStart(pid: number): string | undefined {
  const seen = look(pid);
  return seen === 'gone' ? undefined : seen.started;
}

/**
 * Whether the process with this pid that started then still runs. A process that has ended and was not yet
 * collected by its parent does not run. Where the system hides the start time, a process with that pid counts.
 */
export function isAlive(pid: number, started: string | undefined): boolean {
  if (!exists(pid)) return false;
  const seen = look(pid);
  if (seen === 'gone') return false;
  return started === undefined || seen.started === undefined || seen.started === started;
}

/** Differs after every start of the machine. Undefined where the system has no such id. */
export function bootId(): string | undefined {
  if (process.platform === 'linux') return readText('/proc/sys/kernel/random/boot_id');
  if (process.platform === 'darwin') return run('sysctl', ['-n', 'kern.bootsessionuuid']);
  return undefined;
}

/**
 * Names the machine, and on Linux the set of processes that can see each other: containers may share a host
 * name and even pids, and a pid means nothing in another container.
 */
export function hostId(): string {
  const processes = process.platform === 'linux' ? processNamespace() : undefined;
  return processes === undefined ? hostname() : `${hostname()} ${processes}`;
}

/**
 * Whether the processes of the host with this id and boot are those seen from here, so that a missing process
 * proves something. A machine that was renamed while it ran is recognised by its boot.
 */
export function isThisMachine(host: string, boot: string | undefined): boolean {
  if (host === hostId()) return true;
  if (boot === undefined || boot !== bootId()) return false;
  if (process.platform !== 'linux') return true;
  const processes = processNamespace();
  return processes !== undefined && host.endsWith(` ${processes}`);
}

function processNamespace(): string | undefined {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return undefined;
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    return errorCode(error) !== 'ESRCH';
  }
}

function look(pid: number): 'gone' | { started: string | undefined } {
  if (process.platform === 'linux') return lookInProc(pid);
  if (process.platform === 'win32') return { started: startByPowerShell(pid) };
  return lookByPs(pid);
}

function lookInProc(pid: number): 'gone' | { started: string | undefined } {
  const stat = readText(`/proc/${pid}/stat`);
  // Absent also when /proc hides other users' processes; `exists` has the last word then.
  if (stat === undefined) return exists(pid) ? { started: undefined } : 'gone';
  // The command name is in parentheses and may hold any character, also `)`.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return endedState(fields[0]) ? 'gone' : { started: fields[STAT_START_INDEX] };
}

function lookByPs(pid: number): 'gone' | { started: string | undefined } {
  const line = run('ps', ['-o', 'stat=', '-o', 'lstart=', '-p', String(pid)]);
  if (line === undefined) return exists(pid) ? { started: undefined } : 'gone';
  const [state, ...started] = line.split(/\s+/);
  return endedState(state) ? 'gone' : { started: started.join(' ') };
}

function startByPowerShell(pid: number): string | undefined {
  return run('powershell.exe', [
    '-NoProfile',
    '-NonInteractive',
    '-Command',
    `(Get-Process -Id ${pid}).StartTime.ToFileTimeUtc()`,
  ]);
}

/** `Z`: ended, its parent has not asked for the result. `X`: about to vanish. */
function endedState(state: string | undefined): boolean {
  return state?.startsWith('Z') === true || state?.startsWith('X') === true;
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function run(command: string, args: string[]): string | undefined {
  try {
    const text = execFileSync(command, args, {
      encoding: 'utf8',
      timeout: HELPER_TIMEOUT_MS,
      windowsHide: true,
      stdio: ['ignore', 'pipe', 'ignore'],
      // `ps` writes dates in the user's language and time zone.
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
    }).trim();
    return text === '' ? undefined : text;
  } catch {
    return undefined;
  }
}
