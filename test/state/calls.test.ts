import { expect, it } from 'vitest';
import { changing, looking } from '../../src/state/calls.ts';
import { claim } from '../../src/state/claims/claims.ts';
import { pause } from '../../src/state/roster/pauses.ts';
import type { Transaction } from '../../src/state/transaction.ts';
import { Team } from './team.ts';
import { claimRequest } from './world.ts';

const CALLER = { agent: 'a', session: 'session-of-a' };
/** Whatever a call may do, these hold. */
const KINDS = [
  ['that only looks', (tx: Transaction, rule: () => object) => looking(tx, CALLER, rule)],
  ['that changes something', (tx: Transaction, rule: () => object) => changing(tx, CALLER, undefined, rule)],
] as const;

function team(): Team {
  const t = new Team();
  t.join('a', 'b');
  return t;
}

/** Time passes, and the clock is never late. */
function wait(t: Team, seconds: number): void {
  for (let passed = 0; passed < seconds; passed += 10) t.pass(10);
}

it.each(KINDS)('a call %s is a sign of life, and renews what the agent holds', (_, call) => {
  const t = team();
  t.run((tx) => claim(tx, 'a', claimRequest(['src'], { ttl_seconds: 100 })));
  wait(t, 70);
  expect(t.row('a')?.last_seen_seconds).toBe(70);
  expect(t.run((tx) => call(tx, () => ({ found: 7 })))).toEqual({ found: 7 });
  expect(t.row('a')?.last_seen_seconds).toBe(0);
  wait(t, 90);
  expect(t.state.claims.size).toBe(1);
  wait(t, 10);
  expect(t.state.claims.size).toBe(0);
});

it.each(KINDS)('a call %s carries how much mail waits', (_, call) => {
  const t = team();
  t.say('b', { type: 'note', to: ['a'], text: 'one' });
  expect(t.run((tx) => call(tx, () => ({})))).toEqual({ inbox: { unread: 1 } });
  t.say('b', { type: 'note', to: ['a'], text: 'two', urgent: true });
  expect(t.run((tx) => call(tx, () => ({})))).toEqual({ inbox: { unread: 2, urgent: 1 } });
});

it.each(KINDS)('a call %s of somebody who is paused is refused, and not made', (_, call) => {
  const t = team();
  t.run((tx) => pause(tx, 'a', 'release today'));
  let made = 0;
  const rule = (): object => {
    made += 1;
    return {};
  };
  expect(() => t.run((tx) => call(tx, rule))).toThrow(/release today/);
  expect(made).toBe(0);
});
