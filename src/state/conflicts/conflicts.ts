import { sha1 } from '@noble/hashes/legacy.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { OverlapNote } from '../../protocol/answers.ts';
import type { Claimable, Conflict } from '../claims/claim-events.ts';
import { intentThings } from '../claims/claim-index.ts';
import { claimsOf } from '../claims/claims.ts';
import { overlaps } from '../patterns/patterns.ts';
import { withoutPart } from '../patterns/regions.ts';
import type { State } from '../state.ts';
import { iso } from '../time.ts';
import type { Transaction } from '../transaction.ts';
import { conflictNotes, fileConflictNotes } from './conflict-notes.ts';
import { freshConflictId, tellConflicts } from './conflict-records.ts';
import { forwardSentence } from './conflict-sentences.ts';
import { reviewFileConflicts } from './file-conflicts.ts';
import { forwardOverlaps, meetsPlans, type Overlap, PATHS_SHOWN } from './forward-overlaps.ts';

/**
 * Decides which conflicts there are after `agent` has declared something.
 *
 * Forward conflicts are plans and claims of two agents that meet, one record a pair. The other one is told by
 * message, once for the same declarations; the agent itself learns it from the answer to its call.
 * @param claimed what the agent has just claimed, if it was not its intent that changed.
 * @returns what to put into that answer, conflicts over changed files too: also what is known, because it still
 * stands.
 */
export function forwardConflicts(tx: Transaction, agent: string, claimed?: readonly Claimable[]): OverlapNote[] {
  const intent = tx.state.intents.get(agent);
  const things = claimed ?? (intent ? intentThings(intent) : []);
  if (!claimed || meetsPlans(tx, agent, claimed)) compare(tx, agent);
  reviewFileConflicts(tx);
  return conflictNotes(tx, agent, things, claimed ? 'claim' : 'intent');
}

/**
 * Decides which conflicts there are after `agent` has stated the files it has changed.
 * @returns those about these files, for the answer to its call.
 */
export function conflictsOver(tx: Transaction, agent: string, files: readonly string[]): OverlapNote[] {
  reviewFileConflicts(tx);
  const stated = new Set(files);
  return fileConflictNotes(tx, agent, (path) => stated.has(path));
}

/**
 * Ends the conflicts of `agent` that no longer hold, after it has withdrawn something. What is left of its forward
 * conflicts is recorded and told to nobody: nothing new was declared.
 */
export function reviewConflicts(tx: Transaction, agent: string): void {
  reviewFileConflicts(tx);
  const known = openForward(tx.state, agent);
  if (known.size === 0) return;
  const overlaps = forwardOverlaps(tx, agent);
  endOthers(tx, known, overlaps);
  for (const [other, before] of known) {
    const overlap = overlaps.get(other);
    const conflict = overlap && recordOf(tx, agent, other, overlap, before);
    if (conflict && conflict.basis !== before.basis) tx.emit({ kind: 'conflict', conflict });
  }
}

/** Compares what `agent` has declared with what others have, and tells those for whom that is news. */
function compare(tx: Transaction, agent: string): void {
  const known = openForward(tx.state, agent);
  const overlaps = forwardOverlaps(tx, agent);
  endOthers(tx, known, overlaps);
  for (const [other, overlap] of overlaps) {
    const before = known.get(other);
    const conflict = recordOf(tx, agent, other, overlap, before);
    if (before?.basis === conflict.basis) continue;
    tx.emit({ kind: 'conflict', conflict });
    if (tx.config.conflict.warnOnIntentOverlap) tellOther(tx, agent, other, overlap, conflict);
  }
}

function openForward(state: State, agent: string): Map<string, Conflict> {
  const open = new Map<string, Conflict>();
  for (const conflict of state.conflicts.values()) {
    if (conflict.shape !== 'forward' || !conflict.agents.includes(agent)) continue;
    for (const other of conflict.agents) if (other !== agent) open.set(other, conflict);
  }
  return open;
}

function endOthers(
  tx: Transaction,
  known: ReadonlyMap<string, Conflict>,
  overlaps: ReadonlyMap<string, Overlap>,
): void {
  for (const [other, conflict] of known) if (!overlaps.has(other)) tx.emit({ kind: 'conflict-ended', id: conflict.id });
}

function recordOf(
  tx: Transaction,
  agent: string,
  other: string,
  overlap: Overlap,
  before: Conflict | undefined,
): Conflict {
  return {
    id: before?.id ?? freshConflictId(tx),
    shape: 'forward',
    paths: [...overlap.paths.keys()].sort().slice(0, PATHS_SHOWN),
    agents: [agent, other].sort(),
    ...(overlap.cross ? { cross_kind: true } : {}),
    detected_at: before?.detected_at ?? iso(tx.now.wall),
    state: 'open',
    basis: digest([...overlap.basis].sort().join('\n')),
  };
}

function tellOther(tx: Transaction, agent: string, other: string, overlap: Overlap, conflict: Conflict): void {
  const { ownDoing } = overlap;
  const details = { with: agent, ...(ownDoing === undefined ? {} : { doing: ownDoing }) };
  const holds = holdsAny(tx.state, agent, conflict)
    ? 'agent'
    : holdsAny(tx.state, other, conflict)
      ? 'reader'
      : 'nobody';
  tellConflicts(tx, [other], [conflict], forwardSentence(agent, ownDoing, conflict, holds), details);
}

/** Whether an agent has an exclusive claim on anything the conflict is over. */
function holdsAny(state: State, agent: string, { paths }: Conflict): boolean {
  return claimsOf(state, agent).some(
    ({ thing, mode }) =>
      mode === 'exclusive' &&
      thing.on === 'path' &&
      paths.some((path) => overlaps(thing.target, { path: withoutPart(path) })),
  );
}

/** Tells declarations apart without keeping long lists of paths. */
function digest(text: string): string {
  return bytesToHex(sha1(utf8ToBytes(text))).slice(0, DIGEST_DIGITS);
}

const DIGEST_DIGITS = 16;
