import { existsSync } from 'node:fs';
import { repairWhileRunning } from '../errors/doctor.ts';
import { PawError } from '../errors/paw-error.ts';
import { findCoordinator } from '../link/find.ts';
import { VERSION } from '../protocol/version.ts';
import { ownIdentity, takeOffice } from '../repository/election.ts';
import { socketPath } from '../repository/socket-folder.ts';
import type { StateRecord } from '../state/records.ts';
import type { State } from '../state/state.ts';
import { load } from '../storage/load.ts';
import { type Lost, type Repaired, repair } from '../storage/repair.ts';
import { stateRules } from '../storage/state-rules.ts';
import type { Place } from './check.ts';

/** Messages and grants that a record may have made which cannot be read: more than any decision makes. */
const NUMBERS_PER_RECORD = 100;
/** Messages named one by one; the rest are counted. */
const MESSAGES_NAMED = 20;

/** What a repair has done, for people and programs. */
export interface RepairReport {
  /** Whether anything had to be done. */
  repaired: boolean;
  /** What was kept, what was lost, and where the copies are: one sentence each. */
  lines: string[];
}

/**
 * Makes a state that cannot be read readable again, as this repository's one coordinator, so that none can start
 * meanwhile.
 *
 * @throws PawError `refused` while a coordinator runs; `storage` or `environment` if the repair is not possible
 */
export async function repairState({ commonDir, stateDir }: Place, signal: AbortSignal): Promise<RepairReport> {
  if (!existsSync(stateDir)) return { repaired: false, lines: ['There is no state yet, so nothing to repair.'] };
  const found = await findCoordinator(stateDir, { signal });
  if (found.state === 'living') found.channel.close();
  if (found.state === 'living' || found.state === 'starting') throw repairWhileRunning(found.holder.pid);
  const holder = (n: number) => ({ ...ownIdentity(), socket: socketPath(commonDir, n), version: VERSION });
  const office = await takeOffice(stateDir, holder, { signal });
  try {
    const fine = readable(stateDir);
    if (fine !== undefined) return fine;
    const options = { term: office.n, stamp: stampOf(new Date()), afterLoss: skipNumbers };
    return reportOf(await repair(stateDir, stateRules, options));
  } finally {
    office.resign();
  }
}

/** What there is to say of a state that a coordinator could start with; undefined if none could. */
function readable(stateDir: string): RepairReport | undefined {
  try {
    const { last, damaged } = load(stateDir, stateRules);
    const aside = damaged.map(
      ({ file, problem, kept }) => `${file}: ${problem}${kept === undefined ? '' : `; a copy is ${kept}`}.`,
    );
    return {
      repaired: false,
      lines: [`The state can be read up to its last record, ${last}. Nothing was repaired.`, ...aside],
    };
  } catch (error) {
    if (error instanceof PawError && error.code === 'storage') return undefined;
    throw error;
  }
}

function reportOf(done: Repaired<StateRecord>): RepairReport {
  const { from, last, highest, behind, unreadable, snapshots, copies } = done;
  const base = { snapshot: 'the snapshot', previous: 'the snapshot before the last', nothing: 'the beginning' }[from];
  const kept =
    last === 0
      ? 'Nothing could be kept: the state begins empty.'
      : `Kept: everything up to record ${last}, from ${base} on.`;
  return {
    repaired: true,
    lines: [
      kept,
      lostLine(last, highest, behind),
      ...messagesLine(behind),
      ...snapshots.map(({ file, problem }) => `Not readable: ${file} (${problem}).`),
      ...unreadable.map(({ file, line, bytes }) =>
        line === 0 ? `Not readable: ${file}.` : `Not readable: ${file}, line ${line} (${bytes} bytes).`,
      ),
      ...(highest > last ? ['Messages and claims go on with numbers that were never given before.'] : []),
      `A copy of everything as it was is in ${copies}. Nothing was removed.`,
    ],
  };
}

function lostLine(last: number, highest: number, behind: readonly StateRecord[]): string {
  if (highest <= last) return 'Lost: no record that is known of.';
  const first = last + 1;
  const range = first === highest ? `record ${first}` : `records ${first} to ${highest}`;
  const since = behind[0] === undefined ? '' : `, decided from about ${new Date(behind[0].at).toISOString()} on`;
  return `Lost: ${range}${since}. ${behind.length} of them can be read in the copies, and rest on what is missing.`;
}

/** The messages in lost records that can still be read. */
function messagesLine(behind: readonly StateRecord[]): string[] {
  const messages = behind.flatMap(({ events }) =>
    events.flatMap((event) => (event.kind === 'message' ? [event.message] : [])),
  );
  if (messages.length === 0) return [];
  const named = messages.slice(0, MESSAGES_NAMED).map(({ seq, type, agent_id }) => `${seq} (${type} of ${agent_id})`);
  const more = messages.length - named.length;
  return [`Among them these messages: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`];
}

/** Numbers of messages and fences are never given twice: they go on after every one that may have been given. */
function skipNumbers(state: State, { behind, unknown }: Lost<StateRecord>): void {
  for (const event of behind.flatMap(({ events }) => events)) {
    if (event.kind === 'message') state.seq = Math.max(state.seq, event.message.seq);
    if (event.kind === 'claimed') state.fence = Math.max(state.fence, event.claim.fence);
  }
  state.seq += unknown * NUMBERS_PER_RECORD;
  state.fence += unknown * NUMBERS_PER_RECORD;
}

/** A moment as the name of a folder. */
function stampOf(now: Date): string {
  return now.toISOString().replaceAll(/[:.]/g, '-');
}
