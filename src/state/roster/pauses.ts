import { notThePerson, paused, pausedWithAll } from '../../errors/pauses.ts';
import { renew } from '../claims/leases.ts';
import type { State } from '../state.ts';
import type { Transaction } from '../transaction.ts';
import { resolve } from './identity.ts';
import { ALL, HUMAN } from './roster.ts';

/** A person's brake: whoever is paused is answered with the reason, and loses nothing. */

export type PauseEvent = { kind: 'paused'; agent: string; reason: string } | { kind: 'resumed'; agent: string };

export function applyPauseEvent(state: State, event: PauseEvent): void {
  if (event.kind === 'paused') state.pauses.set(event.agent, event.reason);
  else state.pauses.delete(event.agent);
}

/**
 * Stops one agent, or with `all` everybody. Returns the id that is paused now.
 * @throws PawError if nobody of that name is known, or it is the person
 */
export function pause(tx: Transaction, name: string, reason: string): string {
  const agent = name === ALL ? ALL : resolve(tx.state, name);
  if (agent === HUMAN) throw notThePerson();
  tx.emit({ kind: 'paused', agent, reason });
  return agent;
}

/**
 * Lets one agent go on, or with `all` everybody. Returns whose pauses ended.
 * @throws PawError if nobody of that name is known, or it is paused with everybody else
 */
export function resume(tx: Transaction, name: string): string[] {
  const { pauses } = tx.state;
  const agent = name === ALL || pauses.has(name) ? name : resolve(tx.state, name);
  if (agent !== ALL && pauses.has(ALL)) throw pausedWithAll(agent);
  const ended = agent === ALL ? [...pauses.keys()] : [agent].filter((id) => pauses.has(id));
  for (const id of ended) tx.emit({ kind: 'resumed', agent: id });
  return ended;
}

/** @throws PawError with the reason, if `agent` is paused */
export function refuseIfPaused(state: State, agent: string): void {
  const reason = pauseOf(state, agent);
  if (reason !== undefined) throw paused(reason);
}

/** Why `agent` is paused, if it is; a helper stops with its parent, and a person never. */
export function pauseOf(state: State, agent: string): string | undefined {
  if (state.pauses.size === 0) return undefined;
  const known = state.agents.get(agent);
  if (known?.role === 'human') return undefined;
  const parent = known?.origin === 'subagent' ? known.parent : undefined;
  const ofParent = parent === undefined ? undefined : state.pauses.get(parent);
  return state.pauses.get(agent) ?? ofParent ?? state.pauses.get(ALL);
}

/** A paused agent makes no calls that would renew what it holds; it keeps it, unless somebody waits for it. */
export function tickPauses({ state, now }: Transaction): void {
  if (state.pauses.size === 0) return;
  for (const agent of state.agents.keys()) if (pauseOf(state, agent) !== undefined) renew(state, now, agent);
}
