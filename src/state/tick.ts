import { GUEST_KEPT_SECONDS, SUBAGENT_SILENT_SECONDS } from '../protocol/limits.ts';
import { nextClaimDeadline, tickClaims } from './claims/leases.ts';
import { tickHookMail } from './hooks/hook-mail.ts';
import { retainDays } from './messages/retention.ts';
import { isBound } from './roster/identity.ts';
import { tickPauses } from './roster/pauses.ts';
import type { Agent } from './roster/roster.ts';
import { endSessions, leave } from './roster/sessions.ts';
import type { State } from './state.ts';
import { tickNudges } from './supervision/nudges.ts';
import { tickStalls } from './supervision/stalls.ts';
import { type Now, SECOND_MS } from './time.ts';
import type { Transaction } from './transaction.ts';

/** What time alone brings about. The clock calls `tick` often enough; how often changes nothing but lateness. */

/** Everything whose time has come by `tx.now`. */
export function tick(tx: Transaction): void {
  tickPauses(tx);
  tickClaims(tx);
  endLapsedSessions(tx);
  for (const agent of [...tx.state.agents.values()]) if (hasLeft(tx, agent)) leave(tx, agent.id);
  tickNudges(tx);
  tickStalls(tx);
  tickHookMail(tx);
  retainDays(tx);
}

/** When the next `tick` has something to do at the latest, in milliseconds of the monotonic clock. */
export function nextDeadline(state: State, now: Now): number | undefined {
  return nextClaimDeadline(state, now);
}

/** A binding ends when its agent has been without a connection for the grace of claims. */
function endLapsedSessions(tx: Transaction): void {
  const lapsed = [...tx.state.sessions.values()].filter(({ agent }) => isGone(tx, agent));
  endSessions(
    tx,
    lapsed.map((session) => session.id),
  );
}

function hasLeft(tx: Transaction, agent: Agent): boolean {
  const presence = tx.state.volatile.presence.get(agent.id);
  if ((presence?.connections ?? 0) > 0) return false;
  const silentSeconds = (tx.now.wall - Math.max(presence?.seen ?? 0, agent.seen)) / SECOND_MS;
  switch (agent.origin) {
    case 'subagent':
      return silentSeconds >= SUBAGENT_SILENT_SECONDS || hasNoParent(tx, agent);
    case 'session':
      return !isBound(tx.state, agent.id) && silentSeconds >= tx.config.claims.disconnectGraceSeconds;
    case 'user':
      return silentSeconds >= GUEST_KEPT_SECONDS;
    default:
      return false;
  }
}

/** Whether nobody is left who speaks for a helper: it lives on its parent's connection. */
function hasNoParent(tx: Transaction, { parent }: Agent): boolean {
  return parent !== undefined && !isBound(tx.state, parent) && isGone(tx, parent);
}

/** Whether an agent has been without a connection for the grace of claims. */
function isGone({ state, now, config }: Transaction, agent: string): boolean {
  const gone = state.volatile.leases.gone.get(agent);
  return gone !== undefined && now.mono - gone >= config.claims.disconnectGraceSeconds * SECOND_MS;
}
