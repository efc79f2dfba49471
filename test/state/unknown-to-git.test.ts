import { beforeEach, describe, expect, it } from 'vitest';
import { sawMove } from '../../src/state/supervision/sightings.ts';
import { Team } from './team.ts';

const COMMIT = 'c0ffee1';

let team: Team;
beforeEach(() => {
  team = new Team();
  team.worktrees('main', 'feat/a', 'feat/b');
  team.hello({ branch: 'feat/a', worktree: '/repo/feat/a' });
  team.say('feat-a', { type: 'status', status: 'working' });
  team.supervise();
});

/** Announces a merge of a branch that git does not have. */
function merged(branch: string): () => unknown {
  const input = { type: 'advanced-main', merged_branch: branch, commit: COMMIT };
  return () => team.say('supervisor', input, { facts: { commit: COMMIT, noBranch: true } });
}

describe('a commit that git does not know', () => {
  it.each([
    ['feat-a', { type: 'artifact', commit: COMMIT }],
    ['supervisor', { type: 'verified', to: ['feat-a'], commit: COMMIT }],
    ['supervisor', { type: 'advanced-main', merged_branch: 'feat/a', commit: COMMIT }],
  ])('is refused to %s: %j', (agent, input) => {
    const { seq } = team.state;
    expect(() => team.say(agent, input, { facts: { noCommit: true } })).toThrow(
      /publish .+: git knows no commit c0ffee1 .*Nothing was stored.*git rev-parse HEAD.*leave "commit" out/,
    );
    expect(team.state.seq).toBe(seq);
    expect(team.row('feat-a')?.status).toBe('working');
  });

  it('is no matter of a retry: the first answer is given again', () => {
    const input = { type: 'artifact', commit: COMMIT };
    const { seq } = team.say('feat-a', input, { call: 'one', facts: { commit: COMMIT } });
    expect(team.say('feat-a', input, { call: 'one', facts: { noCommit: true } }).seq).toBe(seq);
  });
});

describe('a merged branch that git does not have any more', () => {
  it.each(['feat/a', 'feat-a', 'Feat/A', 'feat/b'])('is accepted while its agent is known: %s', (branch) => {
    expect(merged(branch)()).toMatchObject({ commit: COMMIT });
  });

  it('is accepted by a name it had before', () => {
    team.worktrees('main', { path: '/repo/feat/a', branch: 'feat/renamed', head: 'x' }, 'feat/b');
    expect(team.state.agents.get('feat-a')?.aliases).toEqual(['feat/a']);
    expect(merged('feat/a')()).toMatchObject({ commit: COMMIT });
  });

  it('is accepted after its worktree was removed, by what the log holds of it', () => {
    const move = { worktree: '/repo/feat/b', tip: 'b'.repeat(40), commits: ['b'.repeat(40)], files: ['x'] };
    team.run((tx) => sawMove(tx, move));
    team.worktrees('main', 'feat/a');
    expect(team.state.agents.has('feat-b')).toBe(false);
    expect(merged('feat/b')()).toMatchObject({ commit: COMMIT });
  });

  it.each(['feat/c', 'supervisor', 'human', 'all'])('is refused if nobody ever had it: %s', (branch) => {
    const { seq } = team.state;
    expect(merged(branch)).toThrow(`"${branch}" is no branch of this repository`);
    expect(team.state.seq).toBe(seq);
  });

  it('is refused with the one that was probably meant, and with its name in quotation marks', () => {
    expect(merged('feat/aa')).toThrow(/"feat\/aa" is no branch.*Did you mean "feat\/a"\? .*git branch --all/);
    expect(merged('x\n\u001b[2J')).toThrow('"x\\n\\u001b[2J" is no branch');
  });
});
