import type { Claim, Conflict, Wait } from '../claims/claim-events.ts';
import { indexOf } from '../claims/claim-index.ts';
import { modesAgree, sayThing, sayThings } from '../claims/things.ts';
import type { Opening } from '../messages/openings.ts';
import { withoutPart } from '../patterns/regions.ts';
import type { StateEvent } from '../records.ts';
import { type Agent, COORDINATOR, RESERVED } from '../roster/roster.ts';
import type { State } from '../state.ts';
import { SECOND_MS } from '../time.ts';
import type { Transaction } from '../transaction.ts';
import { hourlyId, lastingId, learn } from './learnings.ts';

/**
 * What the coordinator learns by itself, from what happens and never from what anybody wrote. Events are noted
 * as they come, since what they end is gone afterwards; the lessons are drawn once the decision is complete, so
 * that what belongs together becomes one.
 */
export class Findings {
  #conflicts: Conflict[] = [];
  /** With whose they are: who leaves is gone afterwards. */
  #blocks: { opening: Opening; agent: Agent | undefined }[] = [];
  #lost: Claim[] = [];
  #waitedFor: string[] = [];

  /** Notes an event that is about to be applied to `state`. */
  note(state: State, event: StateEvent): void {
    switch (event.kind) {
      case 'conflict':
        if (!state.conflicts.has(event.conflict.id)) this.#conflicts.push(event.conflict);
        return;
      case 'closed':
        for (const seq of event.seqs) {
          const opening = state.openings.get(seq);
          if (opening?.kind === 'block') this.#blocks.push({ opening, agent: state.agents.get(opening.from) });
        }
        return;
      case 'claim-ended':
        if (event.why === 'reclaimed') this.#lost.push(...event.ids.flatMap((id) => state.claims.get(id) ?? []));
        return;
      case 'waiting':
        // A call that finds the place it was kept waits once more.
        this.#waitedFor.push(...takenPaths(state, event.wait));
        return;
    }
  }

  /** Keeps what was learned. */
  keep(tx: Transaction): void {
    for (const [agents, conflicts] of byAgents(tx.state, this.#conflicts)) keepConflict(tx, agents, conflicts);
    for (const { opening, agent } of this.#blocks) keepBlock(tx, opening, agent, 'over');
    for (const [holder, claims] of byHolder(this.#lost)) keepLost(tx, holder, claims);
    if (this.#waitedFor.length > 0) keepContention(tx, [...new Set(this.#waitedFor)]);
  }
}

/** Records the blocks that nobody has ended, each once. What becomes of a block later is told in the same record. */
export function keepOpenBlocks(tx: Transaction): void {
  for (const opening of [...tx.state.openings.values()])
    if (opening.kind === 'block' && !tx.state.learnings.has(blockId(opening)))
      keepBlock(tx, opening, tx.state.agents.get(opening.from), 'open');
}

/** Records how often an agent's work was sent back before it was verified, if it was. */
export function keepRecovery(tx: Transaction, agent: Agent, commit: string): void {
  const cycles = agent.cycles ?? 0;
  if (cycles === 0) return;
  learn(tx, {
    category: 'recovery_cycles',
    title: `${agent.id}: ${cycles} recovery ${cycles === 1 ? 'cycle' : 'cycles'} before verified`,
    body: { agent: agent.id, cycles, commit },
    by: COORDINATOR,
    about: agent,
  });
  tx.emit({ kind: 'agent', id: agent.id, set: {}, unset: ['cycles'] });
}

/** A span as `45s`, `11m12s` or `2h05m`. */
export function spanText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const minutes = Math.floor(whole / 60);
  if (minutes === 0) return `${whole}s`;
  if (minutes < 60) return `${minutes}m${two(whole % 60)}s`;
  return `${Math.floor(minutes / 60)}h${two(minutes % 60)}m`;
}

/** A path that was waited for so often is worth a lesson. */
const CONTENTION_MIN_WAITS = 3;
/** Paths in one record; the rest are counted. */
const PATHS_KEPT = 50;
/** Paths in a title; the rest are counted. */
const PATHS_NAMED = 3;

function keepConflict(tx: Transaction, agents: readonly string[], conflicts: readonly Conflict[]): void {
  const paths = [...new Set(conflicts.flatMap((conflict) => conflict.paths.map(withoutPart)))].sort();
  const shapes = [...new Set(conflicts.map((conflict) => conflict.shape))].sort();
  learn(tx, {
    category: 'conflict_event',
    title: `${agents.join(' and ')}: conflict over ${named(paths)}`,
    body: { agents, shapes, ...listed(paths) },
    by: COORDINATOR,
    id: hourlyId('conflict_event', { agents, paths }, tx.now.wall),
  });
}

function keepBlock(tx: Transaction, opening: Opening, agent: Agent | undefined, state: 'open' | 'over'): void {
  const seconds = Math.max(0, Math.round((tx.now.wall - opening.at) / SECOND_MS));
  // An answer that comes at once is how it should be, and teaches nothing.
  if (state === 'over' && seconds === 0) return;
  const waitingOn = opening.to.join(', ');
  const end = state === 'open' ? ', unresolved' : '';
  learn(tx, {
    category: 'stuck_duration',
    title: `${opening.from}: blocked ${spanText(seconds)} waiting on ${waitingOn}${end}`,
    body: {
      agent: opening.from,
      waiting_on: waitingOn,
      seconds,
      needs: opening.text,
      ...(state === 'open' ? { unresolved: true } : {}),
    },
    by: COORDINATOR,
    about: agent,
    id: blockId(opening),
    continues: true,
  });
}

function keepLost(tx: Transaction, holder: string, claims: readonly Claim[]): void {
  const things = claims.map((claim) => claim.thing);
  const paths = things.flatMap((thing) => (thing.on === 'path' ? [thing.target.path] : []));
  const names = things.flatMap((thing) => (thing.on === 'path' ? [] : [sayThing(thing)]));
  learn(tx, {
    category: 'lost_work',
    title: `${holder}: vanished while it held ${sayThings(things)}`,
    body: {
      agent: holder,
      ...(paths.length === 0 ? {} : listed([...new Set(paths)])),
      ...(names.length === 0 ? {} : { names: names.slice(0, PATHS_KEPT) }),
    },
    by: COORDINATOR,
    about: tx.state.agents.get(holder),
  });
}

function keepContention(tx: Transaction, paths: string[]): void {
  tx.emit({ kind: 'contended', paths });
  for (const path of paths) {
    const waits = tx.state.contention.get(path) ?? 0;
    if (waits < CONTENTION_MIN_WAITS) continue;
    learn(tx, {
      category: 'claim_contention',
      title: `${path}: waited for ${waits} times`,
      body: { waits, paths: [path] },
      by: COORDINATOR,
      id: lastingId('claim_contention', { path }),
    });
  }
}

/** The paths of a request that somebody else holds. */
function takenPaths(state: State, wait: Wait): string[] {
  const { claims } = indexOf(state);
  const stands = (id: string): boolean => {
    const claim = state.claims.get(id);
    return claim !== undefined && !modesAgree(claim.mode, wait.mode);
  };
  const isOther = (holder: string): boolean => holder !== wait.agent;
  return wait.things
    .slice(0, PATHS_KEPT)
    .flatMap((thing) => (thing.on === 'path' && claims.search(thing, stands, isOther) ? [thing.target.path] : []));
}

/** A block is the same one as long as it lasts, over restarts. */
function blockId(opening: Opening): string {
  return lastingId('stuck_duration', { block: opening.seq });
}

/** Conflicts of the same agents together; those who only look on are not of them. */
function byAgents(state: State, conflicts: readonly Conflict[]): [string[], Conflict[]][] {
  const groups = new Map<string, [string[], Conflict[]]>();
  for (const conflict of conflicts) {
    const agents = conflict.agents
      .filter((id) => !RESERVED.has(id) && state.agents.get(id)?.role !== 'supervisor')
      .sort();
    const key = agents.join(' ');
    const group = groups.get(key);
    if (group) group[1].push(conflict);
    else if (agents.length > 0) groups.set(key, [agents, [conflict]]);
  }
  return [...groups.values()];
}

function byHolder(claims: readonly Claim[]): Map<string, Claim[]> {
  const held = new Map<string, Claim[]>();
  for (const claim of claims) held.set(claim.holder, [...(held.get(claim.holder) ?? []), claim]);
  return held;
}

function listed(paths: readonly string[]): { paths: string[]; more?: number } {
  const kept = paths.slice(0, PATHS_KEPT);
  return paths.length > PATHS_KEPT ? { paths: kept, more: paths.length - PATHS_KEPT } : { paths: kept };
}

function named(paths: readonly string[]): string {
  const first = paths.slice(0, PATHS_NAMED).join(', ');
  return paths.length > PATHS_NAMED ? `${first} and ${paths.length - PATHS_NAMED} more` : first;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
