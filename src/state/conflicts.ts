import type { OverlapNote } from '../protocol/answers.ts';
import type { Claimable, Conflict } from './claim-events.ts';
import { intentThings } from './claim-index.ts';
import { forwardOverlaps, meetsPlans, type Overlap, overlapNotes, PATHS_SHOWN } from './forward-overlaps.ts';
import { sayPart } from './regions.ts';
import { COORDINATOR } from './roster.ts';
import type { State } from './state.ts';
import { iso } from './time.ts';
import type { Transaction } from './transaction.ts';

/**
 * Forward conflicts: plans and claims of two agents that meet, one record a pair. To be called after `agent`
 * declared something. The other one is told by message, once for the same declarations; the agent itself
 * learns it from the answer to its call.
 * @param claimed what the agent has just claimed, if it was not its intent that changed.
 * @returns what to put into that answer: also overlaps that are known, because they still stand.
 */
export function forwardConflicts(tx: Transaction, agent: string, claimed?: readonly Claimable[]): OverlapNote[] {
  if (claimed && !meetsPlans(tx, agent, claimed)) return [];
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
  const intent = tx.state.intents.get(agent);
  return overlapNotes(tx, agent, claimed ?? (intent ? intentThings(intent) : []));
}

/**
 * Ends the forward conflicts of `agent` that no longer hold, after it has withdrawn something. What is left of
 * the others is recorded and told to nobody: nothing new was declared.
 */
export function reviewConflicts(tx: Transaction, agent: string): void {
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
    id: before?.id ?? freshId(tx.state),
    shape: 'forward',
    paths: [...overlap.paths.keys()].sort().slice(0, PATHS_SHOWN),
    agents: [agent, other].sort(),
    ...(overlap.cross ? { cross_kind: true } : {}),
    detected_at: before?.detected_at ?? iso(tx.now.wall),
    basis: digest([...overlap.basis].sort().join('\n')),
  };
}

function tellOther(tx: Transaction, agent: string, other: string, overlap: Overlap, conflict: Conflict): void {
  if (!tx.state.agents.has(other)) return;
  const { id, shape, paths, agents, cross_kind } = conflict;
  tx.send({
    type: 'coordinator.conflict',
    from: COORDINATOR,
    to: [other],
    payload: {
      id,
      shape,
      paths,
      agents,
      ...(cross_kind ? { cross_kind } : {}),
      text: sentence(agent, overlap, conflict),
      with: agent,
      ...(overlap.ownDoing === undefined ? {} : { doing: overlap.ownDoing }),
    },
  });
}

function sentence(agent: string, { ownDoing }: Overlap, { paths, cross_kind }: Conflict): string {
  const doing = ownDoing === undefined ? '' : ` (${ownDoing})`;
  const shown = paths.slice(0, PATHS_SAID).map(sayPath).join(', ');
  const more = paths.length > PATHS_SAID ? ` and ${paths.length - PATHS_SAID} more` : '';
  const caution = cross_kind ? ' Lines and names were compared by caution: the parts may differ.' : '';
  return `${agent}${doing} has declared ${shown}${more}, and so have you.${caution} Agree with ${agent} by a note on who goes first or who takes which part, and claim what you change.`;
}

/** `a.ts#L25-L30` as `a.ts (range 25-30)`. */
function sayPath(path: string): string {
  const part = /#((?:function|class|block):.+|L\d+-L\d+)$/su.exec(path);
  return part ? `${path.slice(0, part.index)} (${sayPart(part[1] ?? '')})` : path;
}

function freshId(state: State): string {
  let id = `k${state.record + 1}`;
  for (let number = 2; state.conflicts.has(id); number += 1) id = `k${state.record + 1}.${number}`;
  return id;
}

/** 53 bits of FNV-1a kind: tells declarations apart without keeping long lists of paths. */
function digest(text: string): string {
  let low = 0x811c9dc5;
  let high = 0xdeadbeef;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit, 0x5bd1e995);
  }
  return (low >>> 0).toString(16).padStart(8, '0') + (high >>> 0).toString(16).padStart(8, '0');
}

/** Paths named in a sentence before the rest is counted. */
const PATHS_SAID = 5;
