import { quote, quoteName } from '../../errors/quote.ts';
import type { ClaimNote } from '../../protocol/answers.ts';
import type { Payloads } from '../../protocol/messages.ts';
import { COORDINATOR } from '../roster/roster.ts';
import type { Transaction } from '../transaction.ts';
import type { Claim, Claimable, Wait } from './claim-events.ts';
import { claimed } from './claim-view.ts';
import { sayThing, sayThings } from './things.ts';

type ClaimPayload = Payloads['coordinator.claim'];

/** Tells `waiter` that a request it left in the queue was granted. */
export function tellGranted(tx: Transaction, waiter: string, claims: readonly Claim[], rest: object = {}): void {
  const ttl = claims[0]?.ttl ?? 0;
  tell(tx, waiter, {
    event: 'granted',
    text: `You now hold ${said(claims)}. It ends ${ttl} s after your last call; release it when you are done.`,
    ...listed(claims),
    expires_in_seconds: ttl,
    ...rest,
  });
}

/** Tells a holder that somebody waits for what it holds. */
export function tellWanted(tx: Transaction, holder: string, wait: Wait, thing: Claimable): void {
  const why = wait.reason === undefined ? '' : ` (${quote(wait.reason)})`;
  tell(tx, holder, {
    event: 'wanted',
    text: `${wait.agent} waits for ${quoteName(sayThing(thing))}${why}. Release it as soon as you can. From now on only a change inside it, or claiming it again, keeps it alive.`,
    by: wait.agent,
    ...(wait.reason === undefined ? {} : { reason: wait.reason }),
    ...claimed(thing),
  });
}

/** Tells a holder, once for each renewal, that claims are about to end. */
export function tellExpiring(tx: Transaction, holder: string, claims: readonly Claim[], seconds: number): void {
  tell(tx, holder, {
    event: 'expiring',
    text: `Your claim on ${said(claims)} ends in ${seconds} s. Claim it again to keep it, or release it.`,
    ...listed(claims),
    expires_in_seconds: seconds,
  });
}

/** Tells a holder that time has ended claims of its. `expired` is urgent. */
export function tellEnded(
  tx: Transaction,
  holder: string,
  claims: readonly Claim[],
  event: 'expired' | 'reclaimed',
): void {
  const why = {
    expired: 'was not renewed in time and has ended',
    reclaimed: 'ended because you had no connection for too long',
  }[event];
  tell(tx, holder, { event, text: ended(claims, why), ...listed(claims) }, event === 'expired');
}

/** Tells a holder who took claims from it. The log keeps it also if there is nobody to be told. */
export function tellLost(tx: Transaction, holder: string, claims: readonly Claim[], by: string): void {
  const payload: ClaimPayload = {
    event: 'lost',
    text: ended(claims, `was released by the operator (${by})`),
    ...listed(claims),
    holder,
    by,
  };
  const to = holder !== by && tx.state.agents.has(holder) ? [holder] : [];
  tx.send({ type: 'coordinator.claim', from: COORDINATOR, to, payload, urgent: true });
}

/** A claim as answers and messages show it. */
export function claimNote(claim: Claim): ClaimNote {
  return { ...claimed(claim.thing), fence: claim.fence, ...(claim.mode === 'shared' ? { mode: 'shared' } : {}) };
}

function tell(tx: Transaction, agent: string, payload: ClaimPayload, urgent = false): void {
  // Somebody who has left the roster has no mailbox, and must not get one.
  if (!tx.state.agents.has(agent)) return;
  tx.send({ type: 'coordinator.claim', from: COORDINATOR, to: [agent], payload, urgent });
}

function ended(claims: readonly Claim[], why: string): string {
  return `Your claim on ${said(claims)} ${why}. Another agent may hold it now: claim it again before you change anything there.`;
}

function said(claims: readonly Claim[]): string {
  return sayThings(claims.map((claim) => claim.thing));
}

function listed(claims: readonly Claim[]): { claims: ClaimNote[]; more?: number } {
  const notes = claims.slice(0, CLAIMS_LISTED).map(claimNote);
  return claims.length > CLAIMS_LISTED ? { claims: notes, more: claims.length - CLAIMS_LISTED } : { claims: notes };
}

/** Most claims listed in one message. */
const CLAIMS_LISTED = 10;
