import { dirname } from 'node:path';
import { thisInstallation } from '../clients/program.ts';
import { recognition } from '../clients/recognition.ts';
import { UndoRecord } from '../clients/undo.ts';
import { stateFolder } from '../repository/layout.ts';
import { locate } from '../repository/locate.ts';
import { bad, type Check, failed, good, type Place, type Surroundings } from './check.ts';
import { checkClaudeHooks } from './check-claude-hooks.ts';
import { checkWatching, findOut, roundTrip } from './check-coordinator.ts';
import { checkGitHooks } from './check-git-hooks.ts';
import { checkGit, checkNode, checkSocketFolder, checkSpace, checkWorktrees } from './check-machine.ts';
import { checkRegistrations } from './check-registrations.ts';
import { checkConfiguration, checkState } from './check-state.ts';
import { checkWakePaths } from './check-wake-paths.ts';
import { findRegistrations } from './registrations.ts';

/** Looks at everything that a coordinator, its agents and their clients need, beginning with what the rest rests on. */
export async function diagnose(folder: string, surroundings: Surroundings): Promise<Check[]> {
  const machine = [checkNode(), await checkGit(folder, surroundings)];
  let place: Place;
  try {
    const found = await locate(folder, surroundings);
    place = { ...found, stateDir: stateFolder(found.commonDir) };
  } catch (error) {
    return [...machine, failed('repository', error)];
  }
  return [
    ...machine,
    good('repository', place.commonDir),
    await checkWorktrees(place, surroundings),
    checkSocketFolder(place),
    checkSpace(place),
    await checkConfiguration(place, surroundings),
    ...(await checkRunning(place, surroundings)),
    ...(place.worktree === undefined ? [] : await checkClients(place.worktree, place, surroundings)),
  ];
}

/** What is in office, what is on disk, and whether a call gets through. */
async function checkRunning(place: Place, { signal }: Surroundings): Promise<Check[]> {
  const { check, isRunning } = await findOut(place, signal);
  const state = await checkState(place, { isRunning, signal });
  const checks = [check, state];
  if (!state.ok && !isRunning) {
    return [...checks, bad('round trip', 'not tried: no coordinator can start', 'Repair the state first.')];
  }
  const trip = await roundTrip(place, signal);
  return [...checks, trip.check, ...(trip.answer === undefined ? [] : [checkWatching(trip.answer)])];
}

/** What clients in this worktree are told to run, and whether it works. */
async function checkClients(worktree: string, place: Place, surroundings: Surroundings): Promise<Check[]> {
  const record = new UndoRecord(place.stateDir, dirname(thisInstallation().bundle));
  const ownArguments = recognition({ folder: worktree, installations: record.programs() });
  const found = findRegistrations(worktree, ownArguments, surroundings.env);
  const hooks = checkClaudeHooks(worktree, ownArguments, surroundings);
  return [
    ...checkRegistrations(found, worktree, surroundings),
    hooks.check,
    await checkGitHooks(place, surroundings),
    ...(await checkWakePaths(found.registrations, hooks.command, { ...surroundings, worktree })),
  ];
}
