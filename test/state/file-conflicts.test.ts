import { beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_CONFIG } from '../../src/state/config.ts';
import { Changes, lines, part } from './changes.ts';

const WINDOW = DEFAULT_CONFIG.conflict.windowSeconds;

let team: Changes;
beforeEach(() => {
  team = new Changes();
});

describe('an in-flight conflict', () => {
  it('is told at once to all who have changed the file, and to nobody else', () => {
    team.change('x', 'src/a.rs', 'b.rs');
    const answer = team.change('y', 'src/a.rs', 'c.rs');
    expect(team.open()).toEqual([{ shape: 'in-flight', paths: ['src/a.rs'], agents: ['x', 'y'], state: 'open' }]);
    expect(answer.conflicts).toEqual([{ with: 'x', shape: 'in-flight', paths: ['src/a.rs'], doing: '' }]);
    for (const agent of ['x', 'y'])
      expect(team.told(agent)).toMatchObject([
        { shape: 'in-flight', paths: ['src/a.rs'], agents: ['x', 'y'], urgent: true },
      ]);
    expect(team.toldAll()).toEqual([0, 0, 0, 0]);
    const [row] = team.status('x').conflicts ?? [];
    expect(row).toEqual({ id: row?.id, shape: 'in-flight', paths: ['src/a.rs'], agents: ['x', 'y'] });
    expect(team.status('x', { detail: 'full' }).conflicts).toMatchObject([
      { state: 'open', detected_at: expect.stringMatching(/^20/) },
    ]);
  });

  it('is told in the answer with what the others do, the first twenty paths of each, and the others in order', () => {
    const files = Array.from({ length: 21 }, (_, index) => `f${index}`);
    team.say('z', { type: 'status', status: 'working', text: 'parsing', files });
    team.change('x', 'x.rs');
    const { conflicts } = team.change('y', ...files, 'x.rs');
    expect(conflicts).toEqual([
      { with: 'x', shape: 'in-flight', doing: '', paths: ['x.rs'] },
      { with: 'z', shape: 'in-flight', doing: 'parsing', paths: files.slice(0, 20) },
    ]);
  });

  it('is told with the reason of a claim or the plan there, before what the other does at all', () => {
    const doing = (): (string | undefined)[] | undefined =>
      team.change('y', 'a.rs', 'b.rs').conflicts?.map((conflict) => conflict.doing);
    team.say('x', { type: 'status', status: 'working', text: 'something   else', files: ['a.rs'] });
    expect(doing()).toEqual(['something else']);
    team.hold('x', ['b.rs']);
    expect(doing()).toEqual(['something else', 'work of x']);
    team.plan('x', 'a.rs');
    expect(doing()?.[0]).toBe('plan of x');
  });

  it('is over if its file went with the agents that left, also when there was a restart just then', () => {
    for (const isRestarted of [false, true]) {
      team = new Changes();
      for (const agent of ['guest', 'other']) {
        team.hello({ agent, session: `session-of-${agent}` });
        team.change(agent, 'a.rs');
        team.leave(`session-of-${agent}`);
      }
      team.pass(86_400);
      expect([...team.state.agents.keys()]).not.toContain('guest');
      if (isRestarted) team.restart();
      team.pass(1);
      expect(team.open()).toEqual([]);
    }
  });

  it('says what to do', () => {
    team.change('x', 'a.rs');
    team.change('y', 'a.rs');
    expect(team.told('x')[0]?.text).toMatch(/x and y have changed a\.rs.*Agree by a note.*claim separate parts.*120 s/);
  });

  it('is told once, however often the same is stated, and after a restart', () => {
    team.change('x', 'a.rs');
    team.change('y', 'a.rs');
    team.toldAll();
    team.change('y', 'a.rs');
    team.change('x', 'a.rs', 'b.rs');
    team.say('x', { type: 'status', status: 'working' });
    team.restart();
    team.pass(1);
    team.change('y', 'a.rs', 'c.rs');
    expect(team.toldAll()).toEqual([0, 0, 0, 0]);
    expect(team.open()).toHaveLength(1);
  });

  it('counts commits that the base does not have', () => {
    team.saw('x', { files: [], unmerged: ['a.rs'] });
    team.saw('y', { files: ['a.rs'] });
    team.saw('y', { files: [], unmerged: ['a.rs'] });
    expect(team.open()).toMatchObject([{ agents: ['x', 'y'] }]);
    expect(team.toldAll()).toEqual([1, 1, 0, 0]);
    team.saw('x', { unmerged: [] });
    expect(team.open()).toEqual([]);
  });

  it('is one record for ten branches, and each joiner is told with the others', () => {
    const branches = Array.from({ length: 10 }, (_, index) => `w${index}`);
    team.worktrees('main', 'x', 'y', 'z', ...branches);
    team.join(...branches);
    branches.forEach((branch, index) => {
      team.change(branch, 'a.rs');
      if (index > 0) for (const other of branches.slice(0, index + 1)) expect(team.told(other), other).toHaveLength(1);
    });
    expect(team.open()).toEqual([{ shape: 'in-flight', paths: ['a.rs'], agents: branches, state: 'open' }]);
  });

  it('shrinks and ends without a word, and is new with a window of its own when it comes back', () => {
    for (const agent of ['x', 'y', 'z']) team.change(agent, 'a.rs');
    const [first] = team.state.conflicts.keys();
    team.toldAll();
    team.saw('z', { files: [] });
    expect(team.open()).toMatchObject([{ agents: ['x', 'y'] }]);
    team.saw('x', { files: [] });
    expect(team.open()).toEqual([]);
    expect(team.toldAll()).toEqual([0, 0, 0, 0]);
    team.pass(WINDOW);
    expect(team.toldAll()).toEqual([0, 0, 0, 0]);
    team.change('x', 'a.rs');
    expect(team.toldAll()).toEqual([1, 1, 0, 0]);
    expect(team.state.conflicts.has(first ?? '')).toBe(false);
    team.pass(WINDOW - 1);
    expect(team.toldAll()).toEqual([0, 0, 0, 0]);
    team.pass(1);
    expect(team.toldAll()).toEqual([0, 0, 0, 1]);
  });

  it('does not end with a heartbeat that names no files', () => {
    team.change('x', 'a.rs');
    team.change('y', 'a.rs');
    team.say('x', { type: 'status', status: 'working', text: 'still here' });
    expect(team.open()).toHaveLength(1);
  });

  it('goes on without a word when a worktree is moved', () => {
    team.change('x', 'a.rs', 'b.rs');
    team.change('y', 'a.rs');
    team.hold('z', ['b.rs']);
    team.hello({ branch: 'y', worktree: '/repo/y', session: 'a-second-one' });
    const open = team.open();
    expect(open.map(({ shape }) => shape)).toEqual(['in-flight', 'ownership']);
    team.toldAll();
    team.worktrees('main', { path: '/else/x', branch: 'x' }, { path: '/else/y', branch: 'y' }, 'z');
    expect(team.open()).toEqual(open);
    expect(team.toldAll()).toEqual([0, 0, 0, 0]);
    expect(['x', 'y', 'y-2'].map((id) => team.state.agents.get(id)?.worktree)).toEqual([
      '/else/x',
      '/else/y',
      '/else/y',
    ]);
    team.change('z', 'a.rs');
    expect(team.open()).toMatchObject([{ agents: ['x', 'y', 'z'] }, {}]);
    team.saw('x', { files: [] });
    team.saw('y', { files: [] });
    expect(team.open()).toEqual([]);
  });

  it('ends when a worktree vanishes', () => {
    team.change('x', 'a.rs');
    team.change('y', 'a.rs');
    team.worktrees('main', 'y', 'z');
    expect(team.open()).toEqual([]);
  });

  it('never arises over ignored files, and ends when the configuration says so', () => {
    team.change('x', 'package-lock.json', 'web/yarn.lock', 'a.gen');
    team.change('y', 'package-lock.json', 'web/yarn.lock', 'a.gen');
    expect(team.open()).toMatchObject([{ paths: ['a.gen'] }]);
    team.config.conflict = { ...team.config.conflict, ignore: ['*.gen'] };
    team.pass(1);
    expect(team.open().map(({ paths }) => paths[0])).toEqual(['package-lock.json', 'web/yarn.lock']);
  });

  it('is one message for many files of the same sides, with the first of them and a count', () => {
    const files = Array.from({ length: 33 }, (_, index) => `src/${String(index).padStart(2, '0')}.ts`);
    team.change('x', ...files);
    team.change('y', ...files);
    expect(team.open()).toHaveLength(33);
    const [message, ...rest] = team.told('x');
    expect(rest).toEqual([]);
    expect(message).toMatchObject({ paths: files.slice(0, 20), more: 13 });
    team.pass(WINDOW);
    expect(team.told('supervisor')).toMatchObject([{ paths: files.slice(0, 20), more: 13, state: 'true' }]);
  });

  it('takes all agents of a worktree as one side', () => {
    team.hello({ branch: 'x', worktree: '/repo/x', session: 'another-session' });
    team.change('x', 'a.rs');
    team.change('x-2', 'a.rs');
    team.helper('x', 'tests');
    team.change('x.tests', 'a.rs');
    expect(team.open()).toEqual([]);
    team.change('y', 'a.rs');
    expect(team.open()).toMatchObject([{ agents: ['x', 'y'] }]);
  });

  it('goes by the name of the agent that changed the file, where the branch has none', () => {
    team.hello({ branch: 'z', worktree: '/repo/z', agent: 'bob', session: 'session-of-bob' });
    team.change('bob', 'a.rs');
    team.change('y', 'a.rs');
    expect(team.open()).toMatchObject([{ agents: ['bob', 'y'] }]);
    expect(team.told('bob')).toHaveLength(1);
    team.saw('z', { files: ['a.rs'] });
    expect(team.open()).toMatchObject([{ agents: ['y', 'z'] }]);
    expect(team.toldAll()).toEqual([0, 1, 1, 0]);
  });

  it('leaves the base alone, unless an agent lives there', () => {
    team.saw('main', { files: ['a.rs'] });
    team.change('x', 'a.rs');
    expect(team.open()).toEqual([]);
    team.hello({ branch: 'main', worktree: '/repo/main', session: 'session-of-main' });
    team.pass(1);
    expect(team.open()).toMatchObject([{ agents: ['main', 'x'] }]);
    team.leave('session-of-main');
    team.pass(1);
    expect(team.open()).toEqual([]);
  });
});

describe('the verdict', () => {
  it('goes to the supervisor at the end of the window, once, if nothing was declared', () => {
    team.change('x', 'a.rs');
    team.change('y', 'a.rs');
    team.toldAll();
    team.pass(WINDOW - 1);
    expect(team.toldAll()).toEqual([0, 0, 0, 0]);
    team.pass(1);
    expect(team.told('supervisor')).toMatchObject([
      { shape: 'in-flight', paths: ['a.rs'], state: 'true', urgent: true },
    ]);
    expect(team.toldAll()).toEqual([0, 0, 0, 0]);
    team.pass(WINDOW);
    team.restart();
    team.pass(WINDOW);
    expect(team.toldAll()).toEqual([0, 0, 0, 0]);
  });

  it('comes at the end of the window that began with the conflict, whoever joins meanwhile', () => {
    team.change('x', 'a.rs');
    team.change('y', 'a.rs');
    team.pass(WINDOW - 1);
    team.change('z', 'a.rs');
    expect(team.told('supervisor')).toEqual([]);
    team.pass(1);
    expect(team.told('supervisor')).toMatchObject([{ agents: ['x', 'y', 'z'], state: 'true' }]);
  });

  it('is a note to the sides if all have declared parts that do not meet', () => {
    team.plan('x', part('a.rs', lines(10, 30)));
    team.hold('y', [part('a.rs', lines(80, 120))]);
    team.change('x', 'a.rs');
    team.change('y', 'a.rs');
    expect(team.told('x')).toMatchObject([{ urgent: false }]);
    team.told('y');
    team.pass(WINDOW);
    for (const agent of ['x', 'y']) {
      const notes = team.told(agent);
      expect(notes).toMatchObject([{ state: 'additive', urgent: false }]);
      expect(notes[0]?.text).toMatch(/parts that do not meet.*Go on/);
    }
    team.pass(WINDOW);
    expect(team.toldAll()).toEqual([0, 0, 0, 0]);
  });

  it('is a note to three as well as to two', () => {
    team.plan('x', part('a.rs', lines(10, 30)));
    team.plan('y', part('a.rs', lines(80, 120)));
    team.plan('z', part('a.rs', lines(200, 220)));
    for (const agent of ['x', 'y', 'z']) team.change(agent, 'a.rs');
    team.toldAll();
    team.pass(WINDOW);
    expect(team.open()).toMatchObject([{ agents: ['x', 'y', 'z'], state: 'additive' }]);
    expect(team.toldAll()).toEqual([1, 1, 1, 0]);
  });

  it('is decided again when declarations change, and told when it turns', () => {
    team.change('x', 'a.rs');
    team.change('y', 'a.rs');
    team.toldAll();
    team.plan('x', part('a.rs', lines(10, 30)));
    expect(team.toldAll()).toEqual([0, 0, 0, 0]);
    team.plan('y', part('a.rs', lines(80, 120)));
    expect(team.toldAll()).toEqual([1, 1, 0, 0]);
    // Both know by now: the end of the window has nothing to add.
    team.pass(WINDOW);
    expect(team.toldAll()).toEqual([0, 0, 0, 0]);
    expect(team.open()).toMatchObject([{ state: 'additive' }]);
    team.plan('y', part('a.rs', lines(20, 40)));
    expect(team.open()).toMatchObject([{ state: 'true' }]);
    expect(team.toldAll()).toEqual([1, 1, 0, 1]);
    team.plan('y', part('a.rs', lines(25, 40)));
    expect(team.toldAll()).toEqual([0, 0, 0, 0]);
    team.plan('y', part('a.rs', lines(31, 40)));
    expect(team.toldAll()).toEqual([1, 1, 0, 0]);
    expect(team.open()).toMatchObject([{ state: 'additive' }]);
  });

  it('is not turned by a side that stops', () => {
    team.plan('x', part('a.rs', lines(10, 30)));
    team.plan('y', part('a.rs', lines(80, 120)));
    for (const agent of ['x', 'y', 'z']) team.change(agent, 'a.rs');
    team.pass(WINDOW);
    team.toldAll();
    team.saw('z', { files: [] });
    expect(team.open()).toMatchObject([{ agents: ['x', 'y'], state: 'additive' }]);
    expect(team.toldAll()).toEqual([0, 0, 0, 0]);
  });

  it('is true where somebody has declared the whole file or folder too', () => {
    team.plan('x', part('a.rs', lines(10, 30)), '.');
    team.plan('y', part('a.rs', lines(80, 120)));
    team.change('x', 'a.rs');
    team.change('y', 'a.rs');
    team.pass(WINDOW);
    expect(team.told('supervisor')).toHaveLength(1);
  });

  it('says if parts were compared by caution', () => {
    team.plan('x', part('a.rs', lines(10, 30)));
    team.plan('y', part('a.rs', { kind: 'function', name: 'login' }));
    team.change('x', 'a.rs');
    team.change('y', 'a.rs');
    expect(team.told('x')).toMatchObject([{ cross_kind: true }]);
    const record = () => [...team.state.conflicts.values()].find(({ shape }) => shape === 'in-flight');
    team.plan('y', part('a.rs', { kind: 'function', name: 'login' }), part('a.rs', lines(30, 40)));
    expect(record()).toMatchObject({ verdict: 'true' });
    expect(record()).not.toHaveProperty('cross_kind');
    team.plan('y', part('a.rs', lines(31, 40)));
    expect(record()).toMatchObject({ verdict: 'additive' });
    expect(record()).not.toHaveProperty('cross_kind');
  });

  it('waits for the rest of the window after a restart, and no longer than the window', () => {
    team.change('x', 'a.rs');
    team.change('y', 'a.rs');
    team.toldAll();
    team.pass(WINDOW - 20);
    team.restart();
    team.now.mono = 7;
    team.pass(19);
    expect(team.told('supervisor')).toEqual([]);
    team.pass(1);
    expect(team.told('supervisor')).toHaveLength(1);
    team.change('z', 'b.rs');
    team.change('y', 'b.rs');
    team.restart();
    team.now.wall -= 86_400_000;
    team.pass(0);
    team.pass(WINDOW);
    expect(team.told('supervisor')).toHaveLength(1);
  });
});
