import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { errorCode } from '../repository/error-code.ts';
import { isAlive } from '../repository/process.ts';

/*
 * The processes of one run of a command: itself, what it started, and what those started. They are found by the
 * process group, by who started whom, and on Linux by a variable that every one of them inherits. So what has left
 * the group and lost its parent, as a daemon does, is found as well, and nothing is taken for ours that is not.
 */

/** One run. */
export interface Run {
  /** Value of `RUN_VARIABLE` in the environment of each of its processes; used once. */
  id: string;
  /** The first process, whose pid is that of the process group too. */
  leader: number;
  /** When that one started, as `processStart` tells it. */
  started: string | undefined;
}

/** The variable that marks the processes of a run. */
export const RUN_VARIABLE = 'PAW_RUN';

/** How long killed processes may take to be gone, in milliseconds. */
const KILL_MAX_MS = 5000;
/** How long to wait between two looks, in milliseconds. */
const LOOK_EVERY_MS = 25;
/** Where numbers stand in `/proc/<pid>/stat`, counted after the command name: fields 4, 5 and 22 of proc(5). */
const STAT_PARENT_INDEX = 1;
const STAT_GROUP_INDEX = 2;
const STAT_START_INDEX = 19;

interface Row {
  pid: number;
  parent: number;
  group: number;
  /** Has the variable of the run, which proves it ours. */
  marked: boolean;
}

interface Kin {
  pids: number[];
  /** The whole process group is ours and can be sent a signal at once. */
  group: boolean;
}

/** Names processes that are to be left alone, with all they have started. Asked at every look. */
export type Spared = () => readonly number[];

const NOBODY: Spared = () => [];

/** Kills every process of a run. Resolves with those that could not be ended: as a rule, none. */
export async function endKin(run: Run, spared: Spared = NOBODY): Promise<number[]> {
  const deadline = performance.now() + KILL_MAX_MS;
  for (;;) {
    const kin = await findKin(run, spared);
    if (kin.pids.length === 0 || performance.now() >= deadline) return kin.pids;
    // What forks between the look and the signal is found by the next look.
    tell(run, kin, 'SIGKILL');
    await sleep(LOOK_EVERY_MS);
  }
}

/**
 * Sends SIGTERM to every process of a run, and waits until they have followed it.
 *
 * @param options.graceMs the longest wait, in milliseconds
 * @param options.stubborn how many of them need not follow
 * @param options.hurry ends the wait
 */
export async function askKin(
  run: Run,
  options: { graceMs: number; stubborn: number; hurry: AbortSignal; spared: Spared | undefined },
): Promise<void> {
  const { graceMs, stubborn, hurry, spared = NOBODY } = options;
  const deadline = performance.now() + graceMs;
  let kin = await findKin(run, spared);
  tell(run, kin, 'SIGTERM');
  while (kin.pids.length > stubborn && performance.now() < deadline && !hurry.aborted) {
    await sleep(LOOK_EVERY_MS);
    kin = await findKin(run, spared);
  }
}

function tell(run: Run, kin: Kin, signal: 'SIGTERM' | 'SIGKILL'): void {
  for (const target of kin.group ? [-run.leader, ...kin.pids] : kin.pids) {
    try {
      process.kill(target, signal);
    } catch (error) {
      // Gone meanwhile, or now somebody else's: then it is among those that could not be ended.
      if (errorCode(error) !== 'ESRCH' && errorCode(error) !== 'EPERM') throw error;
    }
  }
}

async function findKin(run: Run, spared: Spared): Promise<Kin> {
  const rows = process.platform === 'linux' ? await rowsFromProc(run) : await rowsFromPs();
  const group = rows.some((row) => row.marked && row.group === run.leader) || isLeading(run);
  const kin = new Set(rows.filter((row) => row.marked || (group && row.group === run.leader)).map(({ pid }) => pid));
  const others = new Set(spared());
  for (const pid of others) kin.delete(pid);
  for (let before = -1; before < kin.size; ) {
    before = kin.size;
    for (const { pid, parent } of rows) if (kin.has(parent) && !others.has(pid)) kin.add(pid);
  }
  kin.delete(process.pid);
  return { pids: [...kin], group };
}

/** Whether the first process still runs, and is not just another one with its pid. */
function isLeading({ leader, started }: Run): boolean {
  return started !== undefined && isAlive(leader, started);
}

/** Read one after the other: this process has other things to do with its threads. */
async function rowsFromProc(run: Run): Promise<Row[]> {
  const mark = `${RUN_VARIABLE}=${run.id}`;
  const since = Number(run.started ?? 0);
  const rows: Row[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readText(`/proc/${name}/stat`);
    // The command name is in parentheses and may hold any character, also `)`.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (stat === '' || hasEnded(fields[0])) continue;
    // No process of the run is older than its first one.
    const isYoung = Number(fields[STAT_START_INDEX]) >= since;
    const marked = isYoung && (await readText(`/proc/${name}/environ`)).split('\0').includes(mark);
    rows.push({
      pid: Number(name),
      parent: Number(fields[STAT_PARENT_INDEX]),
      group: Number(fields[STAT_GROUP_INDEX]),
      marked,
    });
  }
  return rows;
}

async function rowsFromPs(): Promise<Row[]> {
  const { stdout } = await promisify(execFile)('ps', ['-axo', 'pid=,ppid=,pgid=,stat=']);
  return stdout.split('\n').flatMap((line) => {
    const [pid, parent, group, state] = line.trim().split(/\s+/);
    if (pid === undefined || pid === '' || hasEnded(state)) return [];
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group), marked: false }];
  });
}

/** A process that has ended and waits for its parent to notice. */
function hasEnded(state: string | undefined): boolean {
  return state?.startsWith('Z') === true || state?.startsWith('X') === true;
}

/** Empty if the process is gone, or somebody else's. */
function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}
