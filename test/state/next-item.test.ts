import { describe, expect, test } from 'vitest';
import { type ClaimRequest, claimRequestSchema } from '../../src/protocol/requests.ts';
import { claim } from '../../src/state/claims/claims.ts';
import { couldClaim } from '../../src/state/work/claim-item.ts';
import { type Crew, crew } from './crew.ts';
import { claimRequest } from './world.ts';

const COMMIT = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';

describe('the next item', () => {
  /** `w1` was made by `a` and sent back; `w2` is more important. Nobody holds either. */
  function sentBack(): Crew {
    const team = crew('a', 'b');
    team.add('sent back');
    team.take('a');
    team.commit('a', COMMIT);
    team.release('a', { all: true });
    team.add('important', { priority: 9 });
    team.say('supervisor', { type: 'feedback', to: ['a'], text: ['too slow'] });
    return team;
  }

  test('is for its maker what was sent back, before all that is more important', () => {
    const team = sentBack();
    expect(team.take('a')).toBe('w1');
    expect(team.take('b')).toBe('w2');
  });

  test('is for others what was sent back only after all else, as long as its maker is here', () => {
    const team = sentBack();
    team.work('human', { action: 'update', id: 'w1', priority: 99 });
    expect(team.take('b')).toBe('w2');
  });

  test('is what was sent back by its priority once its maker has gone', () => {
    const team = sentBack();
    team.work('human', { action: 'update', id: 'w1', priority: 99 });
    team.leave('session-of-a');
    expect(team.take('b')).toBe('w1');
  });

  test('is what was sent back by its priority once its maker has given it back, for that one too', () => {
    const team = sentBack();
    team.work('human', { action: 'update', id: 'w1', priority: 10 });
    team.add('most important', { priority: 11 });
    team.claim('a', { work: 'w1' });
    team.release('a', { work: ['w1'] });
    expect([team.take('a'), team.take('b')]).toEqual(['w3', 'w1']);
  });

  test('is what was sent back by its priority while its maker has another item in current', () => {
    const team = sentBack();
    team.work('human', { action: 'update', id: 'w1', priority: 99 });
    team.claim('a', { work: 'w2' });
    team.add('less important', { priority: 1 });
    expect(team.take('b')).toBe('w1');
  });

  test('is kept for its maker again once that has taken it once more and lost it', () => {
    const team = sentBack();
    team.claim('a', { work: 'w1' });
    team.release('a', { work: ['w1'] });
    team.claim('a', { work: 'w1', ttl_seconds: 30 });
    team.pass(31);
    expect(team.take('b')).toBe('w2');
  });

  test('is the older of two that are as important', () => {
    const team = crew('a');
    team.add('less', { priority: 1 });
    team.add('older', { priority: 2 });
    team.add('younger', { priority: 2 });
    expect(team.take('a')).toBe('w2');
  });

  test('has no branch if whoever takes it is on none', () => {
    const team = crew();
    team.hello({ agent: 'guest', session: 'session-of-guest' });
    team.add('x');
    expect(team.claim('guest', { next: true }).item).toMatchObject({ holder: 'guest' });
    expect(team.item('w1')).not.toHaveProperty('branch');
  });
});

describe('where there is none', () => {
  test('the answer says what stands in the way of each', () => {
    const team = crew('a', 'b', 'c', 'd');
    for (const title of ['held', 'held too', 'blocked', 'done first']) team.add(title);
    team.add('waits', { depends_on: ['w4'], priority: 9 });
    for (const path of ['src', 'docs', 'lib']) team.add(`about ${path}`, { targets: [{ path }] });
    team.work('human', { action: 'block', id: 'w3' });
    team.work('human', { action: 'block', id: 'w4' });
    for (const agent of ['a', 'b']) team.take(agent);
    for (const path of ['src', 'docs', 'lib']) team.run((tx) => claim(tx, 'c', claimRequest([path])));
    const { note } = team.claim('d', { next: true });
    expect(note).toContain(
      'No work item is free: 2 held by others, 2 blocked, 1 waiting for items they depend on, 3 about paths that others have claimed.',
    );
  });

  test('a refusal says how the item that was named gets there', () => {
    const team = crew('a');
    team.add('planned', { stage: 'backlog' });
    team.add('over', { stage: 'done' });
    expect(() => team.claim('a', { work: 'w1' })).toThrow(/work \{action: "advance", id: "w1"\} moves it there/);
    expect(() => team.claim('a', { work: 'w2' })).toThrow(/not in current\. claim \{next: true\} gives one/);
  });
});

describe('asking again would give something', () => {
  const could = (team: Crew, agent: string, request: Partial<ClaimRequest>): boolean =>
    couldClaim(team.state, agent, claimRequestSchema.parse(request));

  test('for the next item, if there is one whose paths are free, with what is asked for beside it', () => {
    const team = crew('a', 'b');
    expect(could(team, 'b', { next: true })).toBe(false);
    team.add('x', { targets: [{ path: 'src' }] });
    expect(could(team, 'b', { next: true })).toBe(true);
    team.hello({ branch: 'c', worktree: '/repo/c' });
    team.add('y', { targets: [{ path: 'docs' }] });
    team.claim('a', { work: 'w1', names: ['build'] });
    expect(could(team, 'b', { next: true, targets: [{ path: 'lib' }] })).toBe(true);
    expect(could(team, 'b', { next: true, targets: [{ path: 'src/a.ts' }] })).toBe(false);
    expect(could(team, 'b', { next: true, names: ['build'] })).toBe(false);
  });

  test('for a named item, if nobody else holds it or its paths', () => {
    const team = crew('a', 'b');
    team.add('x', { targets: [{ path: 'src' }] });
    team.add('y', { targets: [{ path: 'src/a.ts' }] });
    expect(could(team, 'b', { work: 'w1' })).toBe(true);
    team.take('a');
    expect([could(team, 'a', { work: 'w1' }), could(team, 'b', { work: 'w1' })]).toEqual([true, false]);
    expect(could(team, 'b', { work: 'w2' })).toBe(false);
    team.release('a', { all: true });
    expect([could(team, 'b', { work: 'w1' }), could(team, 'b', { work: 'w2' })]).toEqual([true, true]);
    expect(() => could(team, 'b', { work: 'w9' })).toThrow(/no work item "w9"/);
  });
});
