import { HUMAN, mailboxesOf } from '../roster/roster.ts';
import type { State } from '../state.ts';
import type { Transaction } from '../transaction.ts';

/** A question or a block that nobody has answered. */
export interface Opening {
  seq: number;
  kind: 'question' | 'block';
  from: string;
  /** Who is asked, or waited for. */
  to: string[];
  text: string;
  /** Since when, in milliseconds of wall time. */
  at: number;
  /** The agent whose branch it is about, and the files there: it is settled once they are as the base has them. */
  about?: { agent: string; paths: string[] };
}

export type OpeningEvent = { kind: 'opened'; opening: Opening } | { kind: 'closed'; seqs: number[] };

export function applyOpeningEvent(state: State, event: OpeningEvent): void {
  if (event.kind === 'opened') {
    state.openings.set(event.opening.seq, event.opening);
    return;
  }
  for (const seq of event.seqs) state.openings.delete(seq);
}

/** The unanswered question with this sender, recipients and text. */
export function sameQuestion(state: State, from: string, to: readonly string[], text: string): Opening | undefined {
  for (const opening of state.openings.values())
    if (opening.kind === 'question' && opening.from === from && opening.text === text && sameList(opening.to, to))
      return opening;
  return undefined;
}

/** Whether an answer by `agent` closes an opening: it was asked, or it may answer for anybody. */
export function mayClose(state: State, agent: string, opening: Opening): boolean {
  if (agent === HUMAN || state.agents.get(agent)?.role === 'supervisor') return true;
  return mailboxesOf(state, agent).some((mailbox) => opening.to.includes(mailbox));
}

/** Openings of `from` that an answer by `agent` would close. */
export function openFor(state: State, agent: string, from: string): Opening[] {
  return [...state.openings.values()].filter((opening) => opening.from === from && mayClose(state, agent, opening));
}

export function open(tx: Transaction, opening: Omit<Opening, 'at'>): void {
  tx.emit({ kind: 'opened', opening: { ...opening, at: tx.now.wall } });
}

/** Closes openings; whoever was blocked by one gets back the label it had before. */
export function close(tx: Transaction, openings: readonly Opening[]): void {
  if (openings.length === 0) return;
  tx.emit({ kind: 'closed', seqs: openings.map((opening) => opening.seq) });
  for (const opening of openings) {
    const agent = tx.state.agents.get(opening.from);
    if (opening.kind !== 'block' || agent?.label !== 'blocked') continue;
    tx.emit({
      kind: 'agent',
      id: agent.id,
      // A newer commit, or feedback, may have come meanwhile.
      set: {
        label: agent.labelBefore === 'verified' && !agent.verified ? 'committed' : (agent.labelBefore ?? 'working'),
      },
      unset: ['labelBefore'],
    });
  }
}

/** Closes what an agent that leaves has asked or waited for, and what was asked about its branch. */
export function closeOf(tx: Transaction, agent: string): void {
  close(
    tx,
    [...tx.state.openings.values()].filter(({ from, about }) => from === agent || about?.agent === agent),
  );
}

/** Blocks that end because `agent` says something of its own. */
export function ownBlocks(state: State, agent: string): Opening[] {
  return [...state.openings.values()].filter((opening) => opening.kind === 'block' && opening.from === agent);
}

/** Blocks that end because `agent`, who was waited for, published an artifact. */
export function blocksOn(state: State, agent: string): Opening[] {
  return [...state.openings.values()].filter((opening) => opening.kind === 'block' && opening.to.includes(agent));
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
