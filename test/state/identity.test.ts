import { describe, expect, it } from 'vitest';
import { actingAs, resolve } from '../../src/state/roster/identity.ts';
import { Team } from './team.ts';

describe('identity', () => {
  it('names an agent after its branch, and finds it by id and branch', () => {
    const team = new Team();
    expect(team.hello({ branch: 'feat/Auth_X', worktree: '/repo/a' })).toBe('feat-auth_x');
    for (const name of ['feat-auth_x', 'feat/Auth_X', 'feat/auth_x'])
      expect(resolve(team.state, name)).toBe('feat-auth_x');
  });

  it('tells two branches with one slug apart, and remembers which is which', () => {
    const team = new Team();
    team.worktrees('main', 'feat/a', 'feat-a');
    expect(resolve(team.state, 'feat/a')).toBe('feat-a');
    // An exact id is taken at its word; the other branch is reached by its own id.
    const other = [...team.state.agents.values()].find((agent) => agent.branch === 'feat-a');
    expect(other?.id).toMatch(/^feat-a-[0-9a-f]{4}$/);
    expect(team.hello({ branch: 'feat-a', worktree: '/repo/feat-a' })).toBe(other?.id);
    team.restart();
    expect(
      team.hello({ branch: 'feat-a', worktree: '/repo/feat-a', session: 'another-one' }, ['session-of-feat-a']),
    ).toBe(other?.id);
  });

  it('never gives a branch a reserved id', () => {
    const team = new Team();
    for (const branch of ['supervisor', 'human', 'coordinator', 'all'])
      expect(team.hello({ branch, worktree: `/repo/${branch}`, session: `session-${branch}` })).toMatch(
        new RegExp(`^${branch}-[0-9a-f]{4}$`),
      );
  });

  it('is named after the folder on a detached HEAD', () => {
    const team = new Team();
    expect(team.hello({ worktree: '/repo/My Tree', session: 'detached-1' })).toBe('my-tree');
  });

  it('gives further live sessions numbers, and their direct mail to the first when they end', () => {
    const team = new Team();
    team.hello({ branch: 'feat', worktree: '/repo/feat', session: 'session-of-feat' });
    expect(team.hello({ branch: 'feat', worktree: '/repo/feat', session: 'session-of-feat-2' })).toBe('feat-2');
    expect(team.hello({ branch: 'feat', worktree: '/repo/feat', session: 'session-of-feat-3' })).toBe('feat-3');
    team.join('peer');
    team.say('peer', { type: 'note', to: ['feat-2'], text: 'for the second' });
    team.leave('session-of-feat-2');
    expect(team.read('feat').map((message) => message.payload)).toContainEqual({ text: 'for the second' });
  });

  it('gives the id to the next session once the process is known to be dead', () => {
    const team = new Team();
    team.hello({ branch: 'feat', worktree: '/repo/feat', session: 'first-session' });
    team.leave('first-session', false);
    expect(team.hello({ branch: 'feat', worktree: '/repo/feat', session: 'second-session' })).toBe('feat-2');
    expect(team.hello({ branch: 'feat', worktree: '/repo/feat', session: 'third-session' }, ['first-session'])).toBe(
      'feat',
    );
  });

  it('keeps the id of a session over a lost connection, and ends the binding after the grace', () => {
    const team = new Team();
    team.hello({ branch: 'feat', worktree: '/repo/feat', session: 'first-session' });
    team.leave('first-session', false);
    team.pass(60);
    expect(team.hello({ branch: 'feat', worktree: '/repo/feat', session: 'first-session' })).toBe('feat');
    team.leave('first-session', false);
    team.pass(121);
    expect(team.hello({ branch: 'feat', worktree: '/repo/feat', session: 'second-session' })).toBe('feat');
  });

  it('keeps who works in a worktree when that is moved, and not where somebody else was already', () => {
    const team = new Team();
    team.worktrees('main', 'a', 'b');
    team.hello({ branch: 'a', worktree: '/repo/a' });
    team.hello({ agent: 'guest', worktree: '/repo/a', branch: 'a', session: 'session-of-guest' });
    team.hello({ branch: 'b', worktree: '/repo/b' });
    team.worktrees('main', { path: '/moved/a', branch: 'a' }, 'b');
    for (const id of ['a', 'guest']) expect(team.state.agents.get(id)?.worktree).toBe('/moved/a');
    team.worktrees('main', { path: '/repo/b', branch: 'a' });
    expect(team.state.agents.get('b')).toMatchObject({ branch: 'a', aliases: ['b'], worktree: '/repo/b' });
    expect(team.state.agents.has('guest')).toBe(false);
  });

  it('keeps the id when the branch is renamed under a live session; the old name stays an alias', () => {
    const team = new Team();
    team.worktrees({ path: '/repo/w', branch: 'old' });
    team.hello({ branch: 'old', worktree: '/repo/w' });
    team.worktrees({ path: '/repo/w', branch: 'new' });
    expect(resolve(team.state, 'new')).toBe('old');
    expect(resolve(team.state, 'old')).toBe('old');
  });

  describe('of a branch renamed without a live session', () => {
    const commit = 'a'.repeat(40);

    function renamed(branch = 'feat/new', head = commit): Team {
      const team = new Team();
      team.worktrees('main', { path: '/repo/w', branch: 'feat/old', head: commit });
      team.run((tx) => {
        tx.emit({ kind: 'agent', id: 'feat-old', set: { label: 'committed', announced: commit, files: ['a.ts'] } });
        tx.emit({ kind: 'gate-asked', agent: 'feat-old', commit });
        const asked = [{ seq: 1, commit }];
        const open = { branch_id: 'feat-old', commit, asked, at: tx.now.wall, reminders: 0, settled: false };
        tx.emit({ kind: 'nudged', nudge: open });
      });
      team.join('peer');
      team.worktrees('main', 'peer', { path: '/repo/w', branch, head });
      return team;
    }

    it('has what is known of it under its new id, and is reached by both names', () => {
      const { state } = renamed();
      expect(state.agents.has('feat-old')).toBe(false);
      expect(state.agents.get('feat-new')).toMatchObject({
        branch: 'feat/new',
        aliases: ['feat/old'],
        label: 'committed',
        announced: commit,
        tip: commit,
        files: ['a.ts'],
      });
      expect([state.nudges.get('feat-new'), state.gates.get('feat-new')]).toMatchObject([
        { branch_id: 'feat-new', commit, settled: false },
        { commit },
      ]);
      for (const name of ['feat/new', 'feat-new', 'feat/old', 'feat-old'])
        expect(resolve(state, name)).toBe('feat-new');
    });

    it('is asked and asks under its new id', () => {
      const team = new Team();
      team.worktrees('main', { path: '/repo/w', branch: 'old', head: commit });
      team.join('peer');
      const { seq } = team.say('peer', { type: 'question', to: ['old'], text: 'which?' });
      team.worktrees('main', 'peer', { path: '/repo/w', branch: 'new', head: commit });
      expect(team.state.openings.get(seq)).toMatchObject({ from: 'peer', to: ['new'] });
    });

    it('has its first name again, without losing its id', () => {
      const team = renamed();
      team.worktrees('main', 'peer', { path: '/repo/w', branch: 'feat/old', head: commit });
      expect(team.state.agents.get('feat-new')).toMatchObject({ branch: 'feat/old', aliases: ['feat/new'] });
    });

    it('gives its first name to a worktree that takes it', () => {
      const team = renamed();
      team.worktrees('main', 'peer', { path: '/repo/w', branch: 'feat/new', head: commit }, 'feat/old');
      expect(resolve(team.state, 'feat/old')).toBe('feat-old');
      expect(team.state.agents.get('feat-new')).toMatchObject({ worktree: '/repo/w', aliases: [] });
    });

    it('is not taken for one that was switched to at another commit', () => {
      const { state } = renamed('feat/new', 'b'.repeat(40));
      expect(state.agents.get('feat-new')).toMatchObject({ aliases: [], label: 'idle', files: [] });
      expect(() => resolve(state, 'feat/old')).toThrow();
    });
  });

  it('accepts an id of the user, unless it cannot be one or is reserved', () => {
    const team = new Team();
    expect(team.hello({ agent: 'bob', branch: 'feat', worktree: '/repo/feat' })).toBe('bob');
    expect(() => team.hello({ agent: 'Bob!' })).toThrow(/"Bob!" cannot be an agent id/);
    expect(() => team.hello({ agent: 'human' })).toThrow(/reserved/);
  });

  it('numbers supervisors; the mailbox belongs to the role, and each message goes to one of them', () => {
    const team = new Team();
    expect(team.hello({ role: 'supervisor', session: 'session-of-supervisor' })).toBe('supervisor');
    expect(team.hello({ role: 'supervisor', session: 'session-of-supervisor-2' })).toBe('supervisor-2');
    team.join('a');
    team.say('a', { type: 'question', text: 'which?' });
    expect(team.poll('supervisor-2').messages.map((message) => message.type)).toEqual(['agent.question']);
    expect(team.poll('supervisor').messages).toEqual([]);
  });

  describe('of a helper', () => {
    it('is a child of its parent, leaves after 900 silent seconds, and its mail goes to the parent', () => {
      const team = new Team();
      team.join('a', 'b');
      expect(team.helper('a', 'Tests')).toBe('a.tests');
      expect(team.helper('a', 'a.tests')).toBe('a.tests');
      team.say('b', { type: 'note', to: ['a.tests'], text: 'for the helper' });
      team.pass(901);
      expect(team.state.agents.has('a.tests')).toBe(false);
      expect(team.read('a').map((message) => message.payload)).toContainEqual({ text: 'for the helper' });
    });

    it.each(['a', 'b', 'supervisor', 'human'])('is refused the name %j', (name) => {
      const team = new Team();
      team.worktrees('a', 'b');
      expect(() => team.helper('a', name)).toThrow(/leave subagent out/);
    });

    it('works where its parent does; without a name the call is the caller’s own', () => {
      const team = new Team();
      team.join('a');
      team.hello({ agent: 'guest', session: 'session-of-guest' });
      expect(team.run((tx) => actingAs(tx, 'a', undefined))).toBe('a');
      expect(team.state.agents.get(team.helper('a', 'docs'))).toMatchObject({ branch: 'a', worktree: '/repo/a' });
      const other = team.state.agents.get(team.helper('guest', 'docs'));
      expect(other).toMatchObject({ id: 'guest.docs', parent: 'guest', origin: 'subagent' });
      for (const key of ['branch', 'worktree']) expect(other).not.toHaveProperty(key);
    });

    it('is refused a name with no letter or digit in it, and the branch of another', () => {
      const team = new Team();
      team.worktrees('a', 'feat/b');
      const known = team.state.agents.size;
      for (const name of ['!', '…', 'a.-']) expect(() => team.helper('a', name), name).toThrow(/subagent/);
      expect(() => team.helper('a', 'feat/b')).toThrow(/leave subagent out/);
      expect(team.state.agents.size).toBe(known);
    });

    it('gets no broadcasts', () => {
      const team = new Team();
      team.join('a', 'b');
      team.helper('a', 'tests');
      expect(team.say('b', { type: 'artifact' }).to).toEqual(['a', 'supervisor']);
    });
  });

  it('knows every worktree before anybody connects, and forgets it with its worktree', () => {
    const team = new Team();
    team.worktrees('main', 'feat/x');
    team.join('a');
    team.say('a', { type: 'note', to: ['feat/x'], text: 'hello there' });
    expect(team.status('a').offline).toEqual(['feat-x', 'human', 'main', 'supervisor']);
    expect(team.read('feat-x')).toHaveLength(1);
    team.worktrees('main', { path: '/repo/a', branch: 'a' });
    expect(team.state.agents.has('feat-x')).toBe(false);
    expect(() => team.say('a', { type: 'note', to: ['feat/x'], text: 'gone' })).toThrow(/No agent "feat\/x"/);
  });

  it('names the known ones and the nearest when a recipient is unknown', () => {
    const team = new Team();
    team.join('feat-auth', 'feat-api');
    expect(() => team.say('feat-api', { type: 'note', to: ['feat-auht'], text: 'x' })).toThrow(
      /No agent "feat-auht" is known here\. Did you mean "feat-auth"\? Known: feat-api, feat-auth, human, supervisor/,
    );
  });
});
