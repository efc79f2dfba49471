import type { Transaction } from '../transaction.ts';
import { change, runOf } from './items.ts';
import { free } from './moves.ts';

/** Notes that the worker which was given an item has connected as the agent that holds it. */
export function noteKept(tx: Transaction, agent: string): void {
  const item = runOf(tx.state, agent);
  if (item && !item.kept) change(tx, item.id, { set: { kept: true } });
}

/**
 * Frees what a headless worker held through an agent of which no session is left. Unlike a client that may come
 * back, a worker's process is known to have ended then, so nobody need wait for the grace. An item that was given anew
 * before the sessions of its last run had ended is left to the grace.
 */
export function freeRuns(tx: Transaction, agent: string): void {
  for (const session of tx.state.sessions.values()) if (session.agent === agent) return;
  const item = runOf(tx.state, agent);
  if (item?.kept) free(tx, item, 'reclaimed');
}
