import { describe, expect, test } from 'vitest';
import { type Crew, crew } from './crew.ts';

const COMMIT = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
const LATER = 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb';
const MERGED = 'cccccccccccccccccccccccccccccccccccccccc';

const stages = (team: Crew): string[] => [...team.state.items.values()].map(({ stage }) => stage);
const merge = (team: Crew, branch: string): unknown =>
  team.say('human', { type: 'advanced-main', merged_branch: branch, commit: MERGED });

describe('an edit', () => {
  /** `a` has two items in review; the second came there later. */
  function reviewed(): Crew {
    const team = crew('a');
    for (const tip of [COMMIT, LATER]) {
      team.add('x');
      team.take('a');
      team.pass(60);
      team.commit('a', tip);
    }
    expect(stages(team)).toEqual(['qa', 'qa']);
    return team;
  }

  test('brings back what was brought to review last', () => {
    const team = reviewed();
    team.edit('a', 'src/a.ts');
    expect(stages(team)).toEqual(['qa', 'current']);
  });

  test('brings back the older item if that was brought to review again', () => {
    const team = reviewed();
    team.pass(60);
    for (const stage of ['current', 'qa']) team.work('supervisor', { action: 'advance', id: 'w1', stage });
    team.edit('a', 'src/a.ts');
    expect(stages(team)).toEqual(['current', 'qa']);
  });

  test('brings back nothing that somebody else holds', () => {
    const team = crew('a', 'b');
    team.add('x');
    team.take('a');
    team.commit('a', COMMIT);
    team.edit('b', 'src/a.ts');
    expect(stages(team)).toEqual(['qa']);
  });
});

describe('feedback', () => {
  test('on what is not in review yet changes nothing about it', () => {
    const team = crew('a');
    team.add('x');
    team.take('a');
    const before = team.state.items.get('w1');
    team.say('supervisor', { type: 'feedback', to: ['a'], text: ['hurry'] });
    expect(team.state.items.get('w1')).toEqual(before);
  });

  test('stays with the item for whoever takes it next, with the commit it is about', () => {
    const team = crew('a');
    team.add('x');
    team.take('a');
    team.commit('a', COMMIT);
    team.say('supervisor', { type: 'feedback', to: ['a'], text: ['too slow', 'no tests'] });
    expect(team.state.items.get('w1')).toMatchObject({ rejected: COMMIT, feedback: ['too slow', 'no tests'] });
    expect(team.state.items.get('w1')).not.toHaveProperty('commit');
    team.commit('a', LATER);
    for (const key of ['rejected', 'feedback']) expect(team.state.items.get('w1')).not.toHaveProperty(key);
  });

  test('on what was never committed is about no commit', () => {
    const team = crew();
    team.hello({ agent: 'guest', session: 'session-of-guest' });
    team.add('x');
    team.claim('guest', { next: true });
    team.work('guest', { action: 'advance', id: 'w1' });
    team.say('supervisor', { type: 'feedback', to: ['guest'], text: ['where is it?'] });
    expect(stages(team)).toEqual(['current']);
    expect(team.state.items.get('w1')).toMatchObject({ feedback: ['where is it?'] });
    expect(team.state.items.get('w1')).not.toHaveProperty('rejected');
  });

  test('on an older commit leaves alone what was made for a newer one', () => {
    const team = crew('a');
    team.add('x');
    team.take('a');
    team.commit('a', COMMIT);
    team.add('y');
    team.take('a');
    team.commit('a', LATER);
    const { seq } = team.say('a', { type: 'artifact', status: 'half', commit: COMMIT });
    team.run((tx) => tx.emit({ kind: 'agent', id: 'a', set: { tip: LATER } }));
    team.say('supervisor', { type: 'feedback', re: seq, text: ['too slow'] });
    expect(stages(team)).toEqual(['current', 'qa']);
  });
});

describe('an item that changes hands', () => {
  test('has no commit of its former holder elsewhere: a clean tree of the new one is no work', () => {
    const team = crew('a', 'b');
    team.add('x');
    team.take('a');
    team.edit('a', 'left.ts');
    team.commit('a', COMMIT);
    team.release('a', { work: ['w1'] });
    team.take('b');
    team.edit('b', 'src/b.ts');
    team.edit('b');
    expect(stages(team)).toEqual(['current']);
  });

  test('keeps it for the same holder, and for others in the same tree', () => {
    for (const helper of [undefined, 'tests']) {
      const team = crew('a');
      team.add('x');
      team.take('a');
      team.edit('a', 'left.ts');
      team.commit('a', COMMIT);
      team.release('a', { work: ['w1'] });
      team.take(helper === undefined ? 'a' : team.helper('a', helper));
      team.edit('a');
      expect(stages(team)).toEqual(['qa']);
    }
  });

  test('and was over has none either', () => {
    const team = crew('a');
    team.add('x');
    team.take('a');
    team.commit('a', COMMIT);
    merge(team, 'a');
    team.work('human', { action: 'advance', id: 'w1', stage: 'current' });
    team.take('a');
    team.edit('a', 'src/a.ts');
    team.edit('a');
    expect(stages(team)).toEqual(['current']);
  });
});

describe('a verdict and a merge', () => {
  test('find the item by the name its branch had when it was taken', () => {
    const team = crew('a');
    team.add('x');
    team.take('a');
    team.commit('a', COMMIT);
    team.worktrees('main', { path: '/repo/a', branch: 'a-renamed', head: COMMIT });
    expect(team.state.agents.get('a')).toMatchObject({ branch: 'a-renamed', aliases: ['a'] });
    team.say('supervisor', { type: 'verified', to: ['a-renamed'] });
    expect(stages(team)).toEqual(['merge']);
    merge(team, 'a-renamed');
    expect(stages(team)).toEqual(['done']);
  });

  test('find it by its branch also where a helper took it', () => {
    const team = crew('a');
    team.add('x');
    team.claim(team.helper('a', 'tests'), { next: true });
    team.commit('a', COMMIT);
    team.say('supervisor', { type: 'verified', to: ['a'] });
    expect(stages(team)).toEqual(['merge']);
  });

  test('find it by who made it if that was on no branch', () => {
    const team = crew('a');
    team.hello({ agent: 'guest', session: 'session-of-guest' });
    team.add('x');
    team.claim('guest', { next: true });
    team.work('guest', { action: 'advance', id: 'w1' });
    team.say('supervisor', { type: 'verified', to: ['a'], commit: COMMIT });
    merge(team, 'a');
    expect(stages(team)).toEqual(['qa']);
    team.say('supervisor', { type: 'verified', to: ['guest'], commit: COMMIT });
    expect(stages(team)).toEqual(['merge']);
    merge(team, 'guest');
    expect(stages(team)).toEqual(['done']);
  });

  test('find it also when its agent has left, by any way to write the branch', () => {
    for (const branch of ['feat/x', 'feat-x']) {
      const team = crew();
      team.worktrees('main', 'feat/x');
      team.add('x');
      team.claim('feat-x', { next: true });
      team.run((tx) => tx.emit({ kind: 'work', id: 'w1', set: { stage: 'qa' } }));
      team.worktrees('main');
      merge(team, 'feat/y');
      expect(stages(team)).toEqual(['qa']);
      merge(team, branch);
      expect(stages(team)).toEqual(['done']);
    }
  });

  test('are not taken for those of another branch that is only written alike', () => {
    const team = crew();
    team.worktrees('main', 'feat/x', 'feat-x');
    team.add('x');
    team.claim('feat-x', { next: true });
    expect(team.item('w1').branch).toBe('feat/x');
    team.work('supervisor', { action: 'advance', id: 'w1' });
    merge(team, 'feat-x');
    expect(stages(team)).toEqual(['qa']);
    merge(team, 'feat/x');
    expect(stages(team)).toEqual(['done']);
  });

  test('of the branch leave alone what is not in review', () => {
    const team = crew('a');
    team.add('x');
    team.take('a');
    team.say('supervisor', { type: 'verified', to: ['a'], commit: COMMIT });
    merge(team, 'a');
    expect(stages(team)).toEqual(['current']);
    expect(team.held()).toEqual({ w1: 'a' });
  });
});
