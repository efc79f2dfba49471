import { settle } from '../claims/claims.ts';
import { endClaims } from '../claims/grants.ts';
import type { Transaction } from '../transaction.ts';
import { claimOn } from './items.ts';

/**
 * Frees what a headless worker held through an agent of which no session is left. Unlike a client that may come
 * back, a worker's process is known to have ended then, so nobody need wait for the grace.
 */
export function freeRuns(tx: Transaction, agent: string): void {
  for (const session of tx.state.sessions.values()) if (session.agent === agent) return;
  for (const item of [...tx.state.items.values()]) {
    const claim = item.worker ? claimOn(tx.state, item) : undefined;
    if (claim?.holder === agent) settle(tx, endClaims(tx, [claim], 'reclaimed'));
  }
}
