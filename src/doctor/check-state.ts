import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '../config/load.ts';
import { shellWord } from '../errors/quote.ts';
import { configFile, layoutOf, stateFolder } from '../repository/layout.ts';
import { mainWorktree } from '../repository/worktrees.ts';
import { type Inspection, inspectState } from '../storage/inspect.ts';
import { stateRules } from '../storage/state-rules.ts';
import { bad, type Check, failed, firstSentence, good, type Place, type Surroundings } from './check.ts';

/** A coordinator that makes a snapshot may be caught in between: so often, and so far apart in milliseconds. */
const LOOKS_MAX = 5;
const LOOKS_APART_MS = 200;
const KIBIBYTE = 1024;
const REPAIR = 'paw-coordinator doctor --repair';

/** Whether a coordinator could start with what is on disk. Reads only. */
export async function checkState(
  { stateDir }: Place,
  { isRunning, signal }: { isRunning: boolean; signal: AbortSignal },
): Promise<Check> {
  const layout = layoutOf(stateDir);
  if (!existsSync(stateDir)) return good('state', 'none yet; the first coordinator makes it');
  try {
    accessSync(stateDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    return failed('state', error, `Give ${stateDir} and everything in it back to this user.`);
  }
  let found = inspectState(stateDir, stateRules);
  for (let looks = 1; isRunning && found.failure !== undefined && looks < LOOKS_MAX; looks += 1) {
    await sleep(LOOKS_APART_MS, undefined, { signal });
    found = inspectState(stateDir, stateRules);
  }
  if (found.failure !== undefined) {
    const [problem, next] = firstSentence(found.failure);
    // What no repair can mend, such as a file of a later version, says by itself what to do.
    if (!found.failure.includes(REPAIR)) return bad('state', problem, next);
    const stop = isRunning ? 'Run `paw-coordinator stop`, then ' : 'Run ';
    return bad('state', problem, `${stop}\`${REPAIR}\`; it keeps a copy of everything.`);
  }
  // What is being written while it is read looks like a damaged end.
  const notes = isRunning ? [] : found.notes;
  return good('state', [summaryOf(found), ...notes, ...copiesIn(layout.damaged)].join('; '));
}

export async function checkConfiguration({ commonDir }: Place, options: Surroundings): Promise<Check> {
  try {
    const root = await mainWorktree(commonDir, options);
    const path = configFile(stateFolder(commonDir), root);
    if (!existsSync(path)) return good('configuration', 'none; the defaults hold');
    const loaded = loadConfig(path);
    if ('error' in loaded) return failed('configuration', loaded.error, `Correct ${path}.`);
    if (loaded.warnings.length > 0) return good('configuration', loaded.warnings.join(' '), `Correct ${path}.`);
    const { gate } = loaded.settings;
    // The file may have come with the repository, and this is what it has run in the user's name.
    const runs = gate === undefined ? '' : `; verify.command runs at each commit: ${commandLine(gate.command)}`;
    return good('configuration', path + runs);
  } catch (error) {
    return failed('configuration', error);
  }
}

function commandLine(command: string | readonly string[]): string {
  return typeof command === 'string' ? command : command.map(shellWord).join(' ');
}

function summaryOf({ last, snapshot, segments, journalBytes }: Inspection): string {
  const count = (value: number): string => value.toLocaleString('en');
  const size = `${count(Math.ceil(journalBytes / KIBIBYTE))} KB in ${segments} ${segments === 1 ? 'segment' : 'segments'}`;
  return `${count(last)} records, ${count(snapshot)} of them in the snapshot; journal ${size}`;
}

function copiesIn(folder: string): string[] {
  try {
    return readdirSync(folder).length === 0 ? [] : [`copies of what was damaged before are in ${folder}`];
  } catch {
    return [];
  }
}
