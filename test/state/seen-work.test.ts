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

describe('feedback while its holder edits again', () => {
  function editing(): Crew {
    const team = crew('a');
    team.add('x');
    team.take('a');
    team.commit('a', COMMIT);
    team.edit('a', 'src/a.ts');
    expect(stages(team)).toEqual(['current']);
    return team;
  }

  test('stays with the item, and undoing the edit does not bring the same commit to review again', () => {
    const team = editing();
    team.say('supervisor', { type: 'feedback', to: ['a'], text: ['too slow'] });
    expect(team.state.items.get('w1')).toMatchObject({ rejected: COMMIT, feedback: ['too slow'] });
    team.edit('a');
    expect(stages(team)).toEqual(['current']);
    team.commit('a', LATER);
    expect(stages(team)).toEqual(['qa']);
  });

  test('on a commit that is not the item’s changes nothing about it', () => {
    const team = editing();
    const { seq } = team.say('a', { type: 'artifact', status: 'half', commit: MERGED });
    team.run((tx) => tx.emit({ kind: 'agent', id: 'a', set: { tip: COMMIT } }));
    team.say('supervisor', { type: 'feedback', re: seq, text: ['too slow'] });
    team.edit('a');
    expect(stages(team)).toEqual(['qa']);
  });
});

describe('feedback on one of several commits', () => {
  /** `w1` was verified at an earlier commit than that of `w2`. */
  function two(verified = true): Crew {
    const team = crew('a');
    team.add('x');
    team.take('a');
    team.commit('a', COMMIT);
    if (verified) team.say('supervisor', { type: 'verified', to: ['a'] });
    team.pass(60);
    team.add('y');
    team.take('a');
    team.commit('a', LATER);
    return team;
  }

  test('leaves alone what was made or verified at another one', () => {
    for (const verified of [true, false]) {
      const team = two(verified);
      team.say('supervisor', { type: 'feedback', to: ['a'], text: ['too slow'] });
      expect(stages(team)).toEqual([verified ? 'merge' : 'qa', 'current']);
    }
  });

  test('that is nobody’s own, such as a merge of the base, gives its holder one item back', () => {
    const team = two(false);
    team.commit('a', MERGED, []);
    team.say('supervisor', { type: 'feedback', to: ['a'], text: ['does not build'] });
    expect(stages(team)).toEqual(['qa', 'current']);
    const other = two();
    other.commit('a', MERGED, []);
    other.say('supervisor', { type: 'feedback', to: ['a'], text: ['does not build'] });
    expect(stages(other)).toEqual(['merge', 'current']);
  });

  test('gives all back that nobody holds', () => {
    const team = two(false);
    team.release('a', { all: true });
    team.commit('a', MERGED, []);
    team.say('supervisor', { type: 'feedback', to: ['a'], text: ['does not build'] });
    expect(stages(team)).toEqual(['current', 'current']);
  });
});

describe('a further commit', () => {
  test('on what is in review becomes its commit, so that a verdict on the older one is none', () => {
    const team = crew('a');
    team.add('x');
    team.take('a');
    team.commit('a', COMMIT);
    team.commit('a', LATER);
    expect(team.item('w1').history.at(-1)).toMatchObject({
      event: 'updated',
      by: 'coordinator',
      commit: LATER,
      reason: 'a further commit',
    });
    team.say('supervisor', { type: 'verified', to: ['a'], commit: COMMIT });
    expect(stages(team)).toEqual(['qa']);
    team.say('supervisor', { type: 'verified', to: ['a'], commit: LATER });
    expect(stages(team)).toEqual(['merge']);
  });

  test('is none if it is the commit with which the item was brought there, seen later', () => {
    const team = crew('a');
    team.add('x');
    team.take('a');
    team.commit('a', COMMIT);
    const { history } = team.item('w1');
    team.run((tx) => tx.emit({ kind: 'agent', id: 'a', set: {}, unset: ['announced'] }));
    team.commit('a', COMMIT);
    expect(team.item('w1').history).toEqual(history);
  });

  test('that was verified before it was seen moves it on', () => {
    const team = crew('a');
    team.add('x');
    team.take('a');
    team.commit('a', COMMIT);
    team.say('supervisor', { type: 'verified', to: ['a'], commit: LATER });
    expect(stages(team)).toEqual(['qa']);
    team.commit('a', LATER);
    expect(stages(team)).toEqual(['merge']);
  });

  test('counts also if nobody holds the item any more, and for the newest of several', () => {
    const team = crew('a');
    for (const tip of [COMMIT, LATER]) {
      team.add('x');
      team.take('a');
      team.commit('a', tip);
      team.pass(60);
    }
    team.release('a', { all: true });
    team.commit('a', MERGED);
    expect([...team.state.items.values()].map(({ commit }) => commit)).toEqual([COMMIT, MERGED]);
  });
});

describe('somebody who holds an item under an id of its own', () => {
  function guest(): Crew {
    const team = crew('a');
    team.hello({ agent: 'custom', branch: 'a', worktree: '/repo/a', session: 'session-of-custom' });
    team.add('x');
    team.claim('custom', { next: true });
    team.commit('a', COMMIT);
    expect(team.held()).toEqual({ w1: 'custom' });
    expect(stages(team)).toEqual(['qa']);
    return team;
  }

  test('can be told a verdict, which is one on the branch of its worktree', () => {
    const team = guest();
    expect(team.say('supervisor', { type: 'verified', to: ['custom'] })).toMatchObject({ commit: COMMIT });
    expect(stages(team)).toEqual(['merge']);
    expect(team.row('a')?.status).toBe('verified');
  });

  test('hears of the feedback that gives it back, also if that goes to the branch', () => {
    const team = guest();
    team.read('custom');
    expect(team.say('supervisor', { type: 'feedback', to: ['a'], text: ['too slow'] }).to).toEqual(['a', 'custom']);
    expect(stages(team)).toEqual(['current']);
    expect(team.read('custom').map(({ type }) => type)).toEqual(['agent.feedback']);
    const other = guest();
    other.say('supervisor', { type: 'feedback', to: ['custom'], text: ['too slow'] });
    expect(stages(other)).toEqual(['current']);
    expect(other.state.nudges.get('a')).toMatchObject({ settled: true });
  });

  test('hears nothing of feedback that gives nothing back', () => {
    const team = guest();
    team.read('custom');
    team.say('supervisor', { type: 'verified', to: ['a'] });
    team.commit('a', LATER);
    team.read('custom');
    team.say('supervisor', { type: 'feedback', to: ['a'], text: ['too slow'] });
    expect(stages(team)).toEqual(['merge']);
    expect(team.read('custom')).toEqual([]);
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
