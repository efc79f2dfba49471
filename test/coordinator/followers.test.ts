import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Followers } from '../../src/coordinator/followers.ts';
import type { StateEvent, StateRecord } from '../../src/state/records.ts';
import { createState } from '../../src/state/state.ts';

/** Longer than any pause between two notifications, in milliseconds. */
const LONG_MS = 1000;
const CLAIM_ENDED: StateEvent = { kind: 'claim-ended', ids: ['1'], why: 'released' };
const FORGOTTEN: StateEvent = { kind: 'forgotten', id: 'l' };
const FILED: StateEvent = { kind: 'filed', ids: ['l'] };

let listeners: Set<(record: StateRecord) => void>;
let followers: Followers;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  listeners = new Set();
  followers = new Followers({
    state: { ...createState(), seq: 9 },
    onRecord(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  });
});

afterEach(() => vi.useRealTimers());

function peer() {
  const told: unknown[] = [];
  let leave: (why: string) => void = () => {};
  const closed = new Promise<string>((resolve) => {
    leave = resolve;
  });
  const notify = (method: string, params: object): void => void told.push([method, params]);
  return { connection: { closed, notify }, told, leave: () => leave('closed by the other side') };
}

function happen(...events: StateEvent[]): void {
  for (const listener of listeners) listener({ n: 1, at: 0, origin: 'test', events });
}

describe('a follower', () => {
  test('is told of the views it follows, once for all changes within a moment', () => {
    const { connection, told } = peer();
    followers.add(connection, 'claims');
    followers.add(connection, 'learnings');
    happen(CLAIM_ENDED);
    happen(CLAIM_ENDED, FORGOTTEN);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(LONG_MS);
    expect(told).toEqual([['changed', { seq: 9, views: ['claims', 'learnings'] }]]);
    happen(FILED);
    followers.changed(['log']);
    expect(vi.getTimerCount()).toBe(0);
    happen(FORGOTTEN);
    vi.advanceTimersByTime(LONG_MS);
    expect(told.slice(1)).toEqual([['changed', { seq: 9, views: ['learnings'] }]]);
  });

  test('is told of a change that no record tells of', () => {
    const { connection, told } = peer();
    followers.add(connection, 'status');
    followers.changed(['status']);
    vi.advanceTimersByTime(LONG_MS);
    expect(told).toEqual([['changed', { seq: 9, views: ['status'] }]]);
  });

  test('is not told of what it has unsubscribed from, also if that has changed just before', () => {
    const { connection, told } = peer();
    followers.add(connection, 'claims');
    followers.add(connection, 'status');
    happen(CLAIM_ENDED);
    followers.remove(connection, 'claims');
    vi.advanceTimersByTime(LONG_MS);
    expect(told).toEqual([['changed', { seq: 9, views: ['status'] }]]);
    happen(CLAIM_ENDED);
    followers.remove(connection, 'status');
    vi.advanceTimersByTime(LONG_MS);
    expect(told).toHaveLength(1);
  });

  test('leaves no listener and no timer behind', async () => {
    const first = peer();
    const second = peer();
    followers.add(first.connection, 'claims');
    followers.add(first.connection, 'claims');
    followers.add(second.connection, 'claims');
    expect(listeners.size).toBe(1);
    followers.remove(first.connection, 'claims');
    followers.remove(first.connection, 'claims');
    expect(listeners.size).toBe(1);
    happen(CLAIM_ENDED);
    expect(vi.getTimerCount()).toBe(1);
    second.leave();
    await second.connection.closed;
    expect(listeners.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
    expect([...first.told, ...second.told]).toEqual([]);
  });
});
