import { describe, expect, it } from 'vitest';
import { resolve } from '../../src/state/roster/identity.ts';
import { sightWorktrees } from '../../src/state/roster/worktrees.ts';
import { toSnapshot } from '../../src/state/state.ts';
import { sawFiles } from '../../src/state/supervision/sightings.ts';
import { Team } from './team.ts';

const W = '/repo/My Tree';
const TIP = 'a'.repeat(40);

/** What is known of an agent's place. */
function place(t: Team, id: string): unknown {
  const agent = t.state.agents.get(id);
  return agent && [agent.origin, agent.branch, agent.worktree];
}

function shown(t: Team, agent: string): object | undefined {
  return t.status('human', { detail: 'full' }).agents.find(({ agent_id }) => agent_id === agent);
}

it('the base is the configured one as long as it is configured, and then the repository’s own again', () => {
  const team = new Team();
  const sight = (base: string, own: boolean): void => team.run((tx) => sightWorktrees(tx, [], base, { own }));
  sight('main', true);
  sight('develop', false);
  expect([team.state.base, team.state.ownBase]).toEqual(['develop', 'main']);
  sight('main', true);
  expect([team.state.base, team.state.ownBase]).toEqual(['main', 'main']);
});

describe('a worktree on a detached HEAD', () => {
  it('is known by its folder before anybody connects, and the same when it is seen again', () => {
    const t = new Team();
    t.worktrees('main', { path: W, head: TIP });
    expect(place(t, 'my-tree')).toEqual(['folder', undefined, W]);
    const before = toSnapshot(t.state);
    const records = t.records.length;
    t.worktrees('main', { path: W, head: TIP });
    expect([t.records.length, toSnapshot(t.state)]).toEqual([records, before]);
    expect(t.hello({ worktree: W, session: 'session-of-my-tree' })).toBe('my-tree');
    expect(shown(t, 'my-tree')).toMatchObject({ head: 'detached', online: true });
    expect(shown(t, 'my-tree')).not.toHaveProperty('branch');
  });

  it.each([
    ['/repo/main', /^main-[0-9a-f]{4}$/],
    ['/repo/human', /^human-[0-9a-f]{4}$/],
    ['C:\\repo\\Tree\\', /^tree$/],
    ['/', /^agent$/],
  ])('%s is told apart from branches and reserved names', (path, id) => {
    const t = new Team();
    t.worktrees({ path: '/elsewhere', branch: 'main' }, { path, head: TIP });
    const agents = [...t.state.agents.values()].filter(({ origin }) => origin === 'folder');
    expect(agents).toMatchObject([{ id: expect.stringMatching(id), worktree: path }]);
    expect(t.hello({ worktree: path, session: 'session-in-folder' })).toBe(agents[0]?.id);
  });

  it('is told apart from another of the same name', () => {
    const t = new Team();
    t.worktrees(...['/repo/main', '/one/main', '/two/main'].map((path) => ({ path, head: TIP })));
    const ids = [...t.state.agents.values()].filter(({ origin }) => origin === 'folder').map(({ id }) => id);
    expect(ids[0]).toBe('main');
    expect(new Set(ids).size).toBe(3);
    for (const id of ids.slice(1)) expect(id).toMatch(/^main-[0-9a-f]{4}$/);
  });

  it('goes on under the same id when the branch is checked out under a live session', () => {
    const t = new Team();
    t.worktrees('main', { path: W, head: TIP });
    t.hello({ worktree: W, session: 'session-of-my-tree' });
    t.worktrees('main', { path: W, branch: 'feat/login', head: TIP });
    expect(place(t, 'my-tree')).toEqual(['branch', 'feat/login', W]);
    expect(shown(t, 'my-tree')).not.toHaveProperty('head');
    for (const name of ['my-tree', 'feat/login', 'feat-login']) expect(resolve(t.state, name)).toBe('my-tree');
    t.run((tx) => sawFiles(tx, { worktree: W, files: ['a.ts'] }));
    expect(t.row('my-tree')).toMatchObject({ status: 'working', modified_files: 1, branch: 'feat/login' });
    t.leave('session-of-my-tree');
    expect(t.hello({ worktree: W, branch: 'feat/login', session: 'the-next-session' })).toBe('my-tree');
  });

  it('goes on as the agent of its branch where nobody is at work, with the mail that waits', () => {
    const t = new Team();
    t.worktrees('main', { path: W, head: TIP });
    t.join('peer');
    t.say('peer', { type: 'note', to: ['my-tree'], text: 'hello' });
    t.worktrees('main', { path: '/repo/peer', branch: 'peer' }, { path: W, branch: 'feat/login', head: TIP });
    expect([place(t, 'my-tree'), place(t, 'feat-login')]).toEqual([undefined, ['branch', 'feat/login', W]]);
    expect(t.read('feat-login')).toMatchObject([{ payload: { text: 'hello' } }]);
  });

  it('keeps the name of its folder on a branch of that name, and what was written to it', () => {
    const t = new Team();
    t.worktrees('main', { path: '/repo/feat-login', head: TIP });
    t.join('peer');
    t.say('peer', { type: 'note', to: ['feat-login'], text: 'hello' });
    const list = (branch?: string, head = TIP): void =>
      t.worktrees(
        'main',
        { path: '/repo/peer', branch: 'peer' },
        { path: '/repo/feat-login', head, ...(branch === undefined ? {} : { branch }) },
      );
    list('feat/login');
    expect(place(t, 'feat-login')).toEqual(['branch', 'feat/login', '/repo/feat-login']);
    expect(t.read('feat-login')).toMatchObject([{ payload: { text: 'hello' } }]);
    // Another branch of the same worktree, then none, then one that is called like the folder once more.
    list('other', 'b'.repeat(40));
    expect(place(t, 'feat-login')).toBeUndefined();
    list();
    list('feat/login');
    const here = [...t.state.agents.values()].filter(({ worktree }) => worktree === '/repo/feat-login');
    expect(here.map(({ id }) => id)).toEqual(['feat-login']);
  });

  it('keeps the name of its folder for a session that says its branch before git was looked at again', () => {
    const t = new Team();
    t.worktrees('main', { path: '/repo/feat-login', head: TIP });
    const said = { branch: 'feat/login', worktree: '/repo/feat-login' };
    expect(t.hello({ ...said, session: 'first-session' })).toBe('feat-login');
    expect(place(t, 'feat-login')).toEqual(['branch', 'feat/login', '/repo/feat-login']);
    expect(t.hello({ ...said, session: 'second-session' })).toBe('feat-login-2');
    expect(t.hello({ branch: 'feat/login', worktree: '/elsewhere', session: 'third-session' })).toBe('feat-login-3');
  });

  it('that was on a branch before is told of in the name of that branch, and again when it is back', () => {
    const t = new Team();
    t.worktrees('main', { path: W, branch: 'feat', head: TIP });
    t.worktrees('main', { path: W, head: TIP });
    expect(place(t, 'my-tree')).toEqual(['folder', undefined, W]);
    t.run((tx) => sawFiles(tx, { worktree: W, files: ['a.ts'] }));
    expect(t.state.agents.get('feat')?.files).toEqual(['a.ts']);
    t.worktrees('main', { path: W, branch: 'feat', head: TIP });
    expect([place(t, 'feat'), place(t, 'my-tree')]).toEqual([['branch', 'feat', W], undefined]);
  });

  it('is the agent of its branch still, where its folder has that name', () => {
    const t = new Team();
    const at = (branch?: string): void =>
      t.worktrees('main', { path: '/repo/solo', head: TIP, ...(branch && { branch }) });
    at('solo');
    at();
    expect(t.hello({ worktree: '/repo/solo', session: 'session-of-solo' })).toBe('solo');
    expect(shown(t, 'solo')).toMatchObject({ head: 'detached', branch: 'solo' });
    at('solo');
    expect(place(t, 'solo')).toEqual(['branch', 'solo', '/repo/solo']);
    expect([...t.state.agents.values()].filter(({ worktree }) => worktree === '/repo/solo')).toHaveLength(1);
  });

  it('gets no second name while somebody works there', () => {
    const t = new Team();
    t.worktrees('main', { path: W, branch: 'feat', head: TIP });
    t.hello({ worktree: W, branch: 'feat', session: 'session-of-feat' });
    t.worktrees('main', { path: W, head: 'b'.repeat(40) });
    expect([...t.state.agents.values()].filter(({ worktree }) => worktree === W).map(({ id }) => id)).toEqual(['feat']);
    expect(shown(t, 'feat')).toMatchObject({ head: 'detached', online: true });
  });

  it('leaves whoever began to work on it in peace when it is back on its branch', () => {
    const t = new Team();
    t.worktrees('main', { path: W, branch: 'feat', head: TIP });
    t.worktrees('main', { path: W, head: TIP });
    t.hello({ worktree: W, session: 'session-of-my-tree' });
    t.worktrees('main', { path: W, branch: 'feat', head: TIP });
    expect(t.row('my-tree')).toMatchObject({ online: true });
    t.run((tx) => sawFiles(tx, { worktree: W, files: ['a.ts'] }));
    expect(t.state.agents.get('feat')?.files).toEqual(['a.ts']);
  });
});

describe('a worktree in the middle of a rebase', () => {
  it('is the agent of the branch that is rebased, and says so until it is over', () => {
    const t = new Team();
    t.worktrees('main', { path: W, branch: 'feat', head: TIP });
    t.worktrees('main', { path: W, branch: 'feat', head: TIP, rebasing: true });
    t.hello({ worktree: W, branch: 'feat', session: 'session-of-feat' });
    expect(shown(t, 'feat')).toMatchObject({ head: 'rebasing' });
    t.worktrees('main', { path: W, branch: 'feat', head: TIP });
    expect(shown(t, 'feat')).not.toHaveProperty('head');
  });
});

describe('a branch that is renamed', () => {
  it('takes with it what was said about it: openings of others stay as they are', () => {
    const t = new Team();
    t.worktrees('main', { path: W, branch: 'old', head: TIP });
    t.join('peer', 'other');
    const ask = (from: string, to: string): number => t.say(from, { type: 'question', to: [to], text: 'which?' }).seq;
    const [of, by, others] = [ask('peer', 'old'), ask('old', 'peer'), ask('peer', 'other')];
    const about = ask('peer', 'supervisor');
    t.run((tx) => {
      const opening = tx.state.openings.get(about);
      if (opening) tx.emit({ kind: 'opened', opening: { ...opening, about: { agent: 'old', paths: ['a.ts'] } } });
    });
    const before = t.state.openings.get(others);
    t.worktrees(
      'main',
      { path: '/repo/peer', branch: 'peer' },
      { path: '/repo/other', branch: 'other' },
      { path: W, branch: 'new', head: TIP },
    );
    expect([...t.state.openings.values()]).toMatchObject([
      { seq: of, from: 'peer', to: ['new'] },
      { seq: by, from: 'new', to: ['peer'] },
      { seq: others },
      { seq: about, from: 'peer', to: ['supervisor'], about: { agent: 'new', paths: ['a.ts'] } },
    ]);
    expect(t.state.openings.get(others)).toEqual(before);
  });

  it('is not the base, nor one whose first name is still checked out somewhere', () => {
    const t = new Team();
    t.worktrees({ path: '/repo/main', branch: 'main', head: TIP }, { path: W, branch: 'old', head: TIP });
    t.worktrees({ path: '/repo/main', branch: 'trunk', head: TIP }, { path: W, branch: 'old', head: TIP });
    expect(t.state.agents.get('trunk')).toMatchObject({ aliases: [] });
    t.worktrees(
      { path: '/repo/main', branch: 'trunk', head: TIP },
      { path: W, branch: 'new', head: TIP },
      { path: '/repo/other', branch: 'old', head: TIP },
    );
    expect(t.state.agents.get('new')).toMatchObject({ aliases: [], worktree: W });
    expect(t.state.agents.get('old')).toMatchObject({ worktree: '/repo/other' });
  });
});

describe('a session', () => {
  it('of a person, and of a worker with nothing to do, is nobody new', () => {
    const t = new Team();
    const known = (): string[] => [...t.state.agents.keys()];
    expect(t.hello({ kind: 'person', branch: 'main', worktree: '/repo/main' })).toBe('human');
    expect(known()).toEqual(['supervisor', 'human']);
    expect(t.hello({ kind: 'worker' })).toBe('~workers');
    expect([known(), t.state.sessions.size]).toEqual([['supervisor', 'human'], 0]);
  });

  it('keeps its id on another branch of the same worktree, and the name it had', () => {
    const t = new Team();
    t.hello({ branch: 'old', worktree: W, session: 'one-session' });
    expect(t.hello({ branch: 'new', worktree: W, session: 'one-session' })).toBe('old');
    expect(t.state.agents.get('old')).toMatchObject({ branch: 'new', aliases: ['old'] });
    expect(t.hello({ branch: 'old', worktree: W, session: 'one-session' })).toBe('old');
    expect(t.state.agents.get('old')).toMatchObject({ branch: 'old', aliases: ['new'] });
  });

  it('is known with its process and its client', () => {
    const t = new Team();
    t.hello({ branch: 'a', worktree: W, session: 'one-session', pid: 42, pid_started: 'noon', client: 'codex' });
    expect(t.state.sessions.get('one-session')).toEqual({
      id: 'one-session',
      agent: 'a',
      pid: 42,
      pid_started: 'noon',
    });
    expect(t.state.agents.get('a')).toMatchObject({ client: 'codex', role: 'agent', met: true });
    t.hello({ branch: 'a', worktree: W, session: 'one-session' });
    expect(t.state.agents.get('a')?.client).toBe('codex');
  });

  it('of a supervisor belongs to the role wherever it works, and the role is there while any of them is', () => {
    const t = new Team();
    const supervise = (session: string): string =>
      t.hello({ role: 'supervisor', branch: 'main', worktree: '/repo/main', session });
    expect([supervise('first-session'), supervise('second-session')]).toEqual(['supervisor', 'supervisor-2']);
    expect(t.state.agents.get('supervisor')?.origin).toBe('role');
    t.leave('first-session', false);
    expect([t.row('supervisor'), t.row('supervisor-2')]).toMatchObject([{ online: true }, { online: true }]);
    t.leave('second-session', false);
    expect(t.row('supervisor')).not.toHaveProperty('online');
  });
});
