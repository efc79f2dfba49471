import { describe, expect, test } from 'vitest';
import { WORK_OPEN_MAX } from '../../src/protocol/limits.ts';
import { crew } from './crew.ts';

const COMMIT = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';

describe('blocking an item', () => {
  test('takes it from its holder, who is told if it was somebody else', () => {
    const team = crew('a');
    team.add('x', { targets: [{ path: 'src' }] });
    team.take('a');
    team.read('a');
    team.work('supervisor', { action: 'block', id: 'w1', reason: 'wait for the API' });
    expect([team.held(), team.state.claims.size]).toEqual([{}, 0]);
    expect(team.read('a')).toMatchObject([
      { type: 'coordinator.claim', urgent: true, payload: { event: 'lost', by: 'supervisor', holder: 'a' } },
    ]);
    team.work('supervisor', { action: 'unblock', id: 'w1' });
    team.take('a');
    team.work('a', { action: 'block', id: 'w1' });
    expect([team.held(), team.read('a')]).toEqual([{}, []]);
  });

  test('leaves work that is in review with whoever made it', () => {
    const team = crew('a');
    team.add('x');
    team.take('a');
    team.commit('a', COMMIT);
    team.work('supervisor', { action: 'block', id: 'w1', reason: 'wait for the API' });
    expect([team.held(), team.item('w1').stage]).toEqual([{ w1: 'a' }, 'qa']);
  });

  test('keeps the reason, and says if there was none; the history tells who ended it and why', () => {
    const team = crew('a');
    team.add('x');
    team.work('a', { action: 'block', id: 'w1' });
    expect(team.item('w1').blocked).toEqual({ reason: 'no reason given', at: '2026-03-01T10:00:00.000Z' });
    expect(team.status('a').work).toEqual({ current: 1, blocked: 1 });
    team.work('human', { action: 'unblock', id: 'w1', reason: 'the API is there' });
    expect(team.item('w1')).not.toHaveProperty('blocked');
    expect(team.item('w1').history.slice(-2)).toMatchObject([
      { event: 'blocked', by: 'a', reason: 'no reason given' },
      { event: 'unblocked', by: 'human', reason: 'the API is there' },
    ]);
    expect(team.status('a').work).toEqual({ current: 1 });
  });
});

describe('moving an item', () => {
  test('out of review by a judge takes another commit to be looked at again', () => {
    const team = crew('a');
    team.add('x');
    team.take('a');
    team.commit('a', COMMIT);
    team.work('supervisor', { action: 'advance', id: 'w1', stage: 'current' });
    expect(team.state.items.get('w1')).toMatchObject({ rejected: COMMIT });
    team.edit('a', 'src/a.ts');
    team.edit('a');
    expect(team.item('w1').stage).toBe('current');
  });

  test('that was never committed is sent back without a commit', () => {
    const team = crew();
    team.add('x', { stage: 'qa' });
    team.work('supervisor', { action: 'advance', id: 'w1', stage: 'current' });
    expect(team.state.items.get('w1')).not.toHaveProperty('rejected');
  });
});

test('what is planned anew is not brought to review by what was committed before', () => {
  const team = crew('a');
  team.add('x');
  team.take('a');
  team.edit('a', 'src/a.ts');
  team.commit('a', COMMIT);
  team.work('a', { action: 'advance', id: 'w1', stage: 'backlog' });
  team.work('a', { action: 'advance', id: 'w1' });
  team.take('a');
  team.edit('a');
  expect(team.item('w1').stage).toBe('current');
});

test('a list of just a hundred items has no more', () => {
  const team = crew();
  for (let number = 1; number <= 100; number += 1) team.add(`item ${number}`);
  const { items, ...rest } = team.work('human', { action: 'list' });
  expect([items?.length, rest]).toEqual([100, {}]);
});

test('a change of the title is noted as that', () => {
  const team = crew('a');
  team.add('x');
  const { item } = team.work('a', { action: 'update', id: 'w1', title: 'y', priority: 2 });
  expect(item).toMatchObject({ title: 'y', priority: 2 });
  expect(item?.history.at(-1)).toMatchObject({ event: 'updated', reason: 'title, priority' });
});

test('there are at most so many open items; archived ones do not count', () => {
  const team = crew();
  team.run((tx) => {
    for (let number = 1; number < WORK_OPEN_MAX; number += 1)
      tx.emit({ kind: 'work', id: `w${number}`, set: { number, stage: 'backlog' } });
  });
  expect(team.add('the last')).toBe(`w${WORK_OPEN_MAX}`);
  expect(team.records.at(-1)?.events.map(({ kind }) => kind)).toEqual(['work']);
  expect(() => team.add('one too many')).toThrow('5,000 work items');
  expect(team.state.items.size).toBe(WORK_OPEN_MAX);
  team.run((tx) => tx.emit({ kind: 'work', id: 'w7', set: { stage: 'archived' } }));
  expect(team.add('room again')).toBe(`w${WORK_OPEN_MAX + 1}`);
});
