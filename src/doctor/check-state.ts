import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '../config/load.ts';
import { layoutOf, stateFolder } from '../repository/layout.ts';
import { mainWorktree } from '../repository/worktrees.ts';
import { type Inspection, inspectState } from '../storage/inspect.ts';
import { stateRules } from '../storage/state-rules.ts';
import { bad, type Check, failed, firstSentence, good, type Place, type Surroundings } from './check.ts';

/** A coordinator that makes a snapshot may be caught in between: so often, and so far apart in milliseconds. */
const LOOKS_MAX = 5;
const LOOKS_APART_MS = 200;
const KIBIBYTE = 1024;

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
    const stop = isRunning ? 'Run `paw-coordinator stop`, then ' : 'Run ';
    return bad(
      'state',
      firstSentence(found.failure)[0],
      `${stop}\`paw-coordinator doctor --repair\`; it keeps a copy of everything.`,
    );
  }
  // What is being written while it is read looks like a damaged end.
  const notes = isRunning ? [] : found.notes;
  return good('state', [summaryOf(found), ...notes, ...copiesIn(layout.damaged)].join('; '));
}

export async function checkConfiguration({ commonDir }: Place, options: Surroundings): Promise<Check> {
  try {
    const root = await mainWorktree(commonDir, options);
    const path = root === undefined ? join(stateFolder(commonDir), 'config.json') : join(root, '.paw', 'config.json');
    if (!existsSync(path)) return good('configuration', 'none; the defaults hold');
    const loaded = loadConfig(path);
    if ('error' in loaded) return failed('configuration', loaded.error, `Correct ${path}.`);
    if (loaded.warnings.length > 0) return good('configuration', loaded.warnings.join(' '), `Correct ${path}.`);
    return good('configuration', path);
  } catch (error) {
    return failed('configuration', error);
  }
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
