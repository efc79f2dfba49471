import { paused } from '../errors/pauses.ts';
import { ALL } from './roster.ts';
import type { State } from './state.ts';
import type { Transaction } from './transaction.ts';

/** A person's brake: whoever is paused is answered with the reason, and loses nothing. */

export type PauseEvent = { kind: 'paused'; agent: string; reason: string } | { kind: 'resumed'; agent: string };

export function applyPauseEvent(state: State, event: PauseEvent): void {
  if (event.kind === 'paused') state.pauses.set(event.agent, event.reason);
  else state.pauses.delete(event.agent);
}

/** Stops one agent, or with `all` everybody. */
export function pause(tx: Transaction, agent: string, reason: string): void {
  tx.emit({ kind: 'paused', agent, reason });
}

/** Lets one agent go on, or with `all` everybody. Returns whose pauses ended. */
export function resume(tx: Transaction, agent: string): string[] {
  const ended = agent === ALL ? [...tx.state.pauses.keys()] : [agent].filter((id) => tx.state.pauses.has(id));
  for (const id of ended) tx.emit({ kind: 'resumed', agent: id });
  return ended;
}

/** @throws PawError with the reason, if `agent` is paused; a helper stops with its parent */
export function refuseIfPaused(state: State, agent: string): void {
  if (state.pauses.size === 0) return;
  const known = state.agents.get(agent);
  if (known?.role === 'human') return;
  const parent = known?.origin === 'subagent' ? known.parent : undefined;
  const reason = state.pauses.get(agent) ?? (parent === undefined ? undefined : state.pauses.get(parent)) ?? state.pauses.get(ALL);
  if (reason !== undefined) throw paused(reason);
}
