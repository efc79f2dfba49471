import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import process from 'node:process';

/**
 * The processes of this machine but the caller itself, as far as the caller may look at them. `cwd` and
 * `home` are known on Linux only.
 * @returns {import('./processes.d.mts').RunningProcess[]}
 */
export function runningProcesses() {
  const all = process.platform === 'linux' ? fromProc() : fromPs();
  return all.filter(({ pid }) => pid !== process.pid);
}

/**
 * Whether a process runs in a folder, names it on its command line, or has its home there.
 * @param {import('./processes.d.mts').RunningProcess} candidate
 * @param {string} folder
 */
export function belongsTo({ command, cwd, home }, folder) {
  return command.includes(folder) || isBelow(cwd, folder) || isBelow(home, folder);
}

function isBelow(path, folder) {
  return path === folder || path.startsWith(`${folder}/`);
}

function fromProc() {
  const found = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const command = attempt(() => readFileSync(`/proc/${name}/cmdline`, 'utf8'))
      .split('\0')
      .join(' ')
      .trim();
    // A process without a command line is a kernel thread or a zombie.
    if (command === '') continue;
    const cwd = attempt(() => readlinkSync(`/proc/${name}/cwd`));
    const environment = attempt(() => readFileSync(`/proc/${name}/environ`, 'utf8')).split('\0');
    const home = environment.find((entry) => entry.startsWith('HOME='))?.slice('HOME='.length) ?? '';
    found.push({ pid: Number(name), command, cwd, home });
  }
  return found;
}

function fromPs() {
  if (process.platform === 'win32') return [];
  const lines = execFileSync('ps', ['-axo', 'pid=,stat=,command='], { encoding: 'utf8' }).split('\n');
  const found = [];
  for (const line of lines) {
    const [, pid, state, command] = /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (pid !== undefined && !state.startsWith('Z')) found.push({ pid: Number(pid), command, cwd: '', home: '' });
  }
  return found;
}

/** A process may end, or belong to somebody else, while it is looked at. */
function attempt(read) {
  try {
    return read();
  } catch {
    return '';
  }
}
