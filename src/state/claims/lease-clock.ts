import { SECOND_MS } from '../time.ts';
import type { Claim, Leases } from './claim-events.ts';

/** Gives a claim its full time, from `mono` on. */
export function startLease(leases: Leases, mono: number, claim: Claim): void {
  leases.claims.set(claim.id, { ends: mono + claim.ttl * SECOND_MS, told: false });
  dueBy(leases, warningAt(mono + claim.ttl * SECOND_MS, claim));
}

/** Notes that something is due at `mono`, so that the clock does not sleep past it. */
export function dueBy(leases: Leases, mono: number): void {
  if (leases.soonest !== undefined && mono < leases.soonest) leases.soonest = mono;
}

/** When the holder of a claim that ends at `ends` is told so. */
export function warningAt(ends: number, claim: Claim): number {
  return ends - claim.ttl * (1 - WARNED_AT_PART) * SECOND_MS;
}

/** Part of its time after which a claim that was not renewed is about to end. */
const WARNED_AT_PART = 0.8;
