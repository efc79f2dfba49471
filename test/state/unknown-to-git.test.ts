import { beforeEach, describe, expect, it } from 'vitest';
import { type Crew, crew } from './crew.ts';

const COMMIT = 'c0ffee1';
const TIP = 'a'.repeat(40);

let team: Crew;
beforeEach(() => {
  team = crew('a', 'b');
  team.worktrees('main', { path: '/repo/a', branch: 'a', head: TIP }, { path: '/repo/b', branch: 'b', head: TIP });
});

describe('a commit that git does not know', () => {
  it.each([
    ['a', { type: 'artifact', status: 'draft' }, { commit: COMMIT }],
    ['supervisor', { type: 'verified', to: ['a'] }, { commit: COMMIT, branch_id: 'a' }],
    ['supervisor', { type: 'advanced-main', merged_branch: 'a' }, { new_main_sha: COMMIT, merged_branch: 'a' }],
  ])('is told by %s as it was given: %j', (agent, input, payload) => {
    const { seq } = team.say(agent, { ...input, commit: COMMIT });
    expect(team.state.messages.get(seq)?.payload).toMatchObject(payload);
  });

  it('is nobody’s newest, verifies nobody, and moves no item', () => {
    team.add('one');
    team.take('a');
    team.commit('a', TIP.replace('a', 'b'));
    team.say('a', { type: 'artifact', status: 'draft', commit: COMMIT });
    expect(team.state.agents.get('a')?.tip).toBe(TIP.replace('a', 'b'));
    team.say('supervisor', { type: 'verified', to: ['a'], commit: COMMIT });
    expect([team.row('a')?.status, team.item('w1').stage]).toEqual(['draft', 'qa']);
    team.say('supervisor', { type: 'verified', to: ['a'] });
    expect([team.row('a')?.status, team.item('w1').stage]).toEqual(['verified', 'merge']);
  });

  it('that git knows by a longer name is told by that, and is the newest of whoever says so', () => {
    const { seq } = team.say('a', { type: 'artifact', commit: COMMIT }, { facts: { commit: `${COMMIT}0` } });
    expect(team.state.messages.get(seq)?.payload).toMatchObject({ commit: `${COMMIT}0` });
    expect(team.state.agents.get('a')?.tip).toBe(`${COMMIT}0`);
  });
});

describe('a merged branch that nobody has any more, or never had', () => {
  it.each(['b', 'gone', 'supervisor', 'x\n\u001b[2J'])('is told, and ends what was made on it only: %j', (branch) => {
    team.add('one');
    team.take('a');
    team.commit('a', COMMIT);
    team.say('supervisor', { type: 'advanced-main', merged_branch: branch, commit: COMMIT });
    expect(team.item('w1').stage).toBe('qa');
    team.worktrees('main', { path: '/repo/b', branch: 'b', head: TIP });
    team.say('supervisor', { type: 'advanced-main', merged_branch: 'a', commit: COMMIT });
    expect(team.item('w1').stage).toBe('done');
  });
});
