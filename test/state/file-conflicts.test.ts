import { beforeEach, describe, expect, it } from 'vitest';
import type { PublishAnswer } from '../../src/protocol/answers.ts';
import type { Region, Target } from '../../src/protocol/targets.ts';
import { claim, release } from '../../src/state/claims.ts';
import { DEFAULT_CONFIG } from '../../src/state/config.ts';
import { reviewFileConflicts } from '../../src/state/file-conflicts.ts';
import { publish } from '../../src/state/publish.ts';
import { Team } from './team.ts';
import { claimRequest, releaseRequest } from './world.ts';

const WINDOW = DEFAULT_CONFIG.conflict.windowSeconds;

let team: Team;
beforeEach(() => {
  team = start();
});

function start(conflict: Partial<typeof DEFAULT_CONFIG.conflict> = {}): Team {
  const made = new Team({ conflict: { ...DEFAULT_CONFIG.conflict, ...conflict } });
  made.worktrees('main', 'x', 'y', 'z');
  made.join('x', 'y', 'z');
  made.supervise();
  return made;
}

const change = (agent: string, ...files: string[]): PublishAnswer =>
  team.say(agent, files.length > 0 ? { type: 'status', status: 'working', files } : { type: 'status', status: 'idle' });
/** As the watcher says it: an empty list too. */
const saw = (agent: string, set: { files?: string[]; unmerged?: string[] }): void =>
  team.run((tx) => {
    tx.emit({ kind: 'agent', id: agent, set });
    reviewFileConflicts(tx);
  });
const lines = (start_line: number, end_line: number): Region => ({ kind: 'range', start_line, end_line });
const part = (path: string, region: Region): Target => ({ path, region });
const plan = (agent: string, ...targets: (string | Target)[]) =>
  team.run((tx) =>
    publish(
      tx,
      agent,
      { type: 'intent', files: ['as told'], text: `plan of ${agent}`, valid_for_seconds: 900 },
      { targets: targets.map((one) => (typeof one === 'string' ? { path: one } : one)), facts: {} },
    ),
  );
const hold = (agent: string, ...paths: (string | Target)[]) =>
  team.run((tx) => claim(tx, agent, claimRequest(paths, { reason: `work of ${agent}` }))).answer;
const free = (agent: string) => team.run((tx) => release(tx, agent, releaseRequest({ all: true }), 'holder'));

interface Told {
  shape: string;
  paths: string[];
  agents: string[];
  state: string;
  text: string;
  more?: number;
}

/** What an agent reads about conflicts over files; plans that meet are left aside. */
const told = (agent: string) =>
  team
    .read(agent)
    .filter((message) => message.type === 'coordinator.conflict')
    .map((message) => ({ ...(message.payload as Told), urgent: message.urgent === true }))
    .filter(({ shape }) => shape !== 'forward');
const toldAll = () => ['x', 'y', 'z', 'supervisor'].map((agent) => told(agent).length);
const open = () =>
  [...team.state.conflicts.values()]
    .filter(({ shape }) => shape !== 'forward')
    .map(({ shape, paths, agents, state }) => ({ shape, paths, agents, state }));

describe('an in-flight conflict', () => {
  it('is told at once to all who have changed the file, and to nobody else', () => {
    change('x', 'src/a.rs', 'b.rs');
    const answer = change('y', 'src/a.rs', 'c.rs');
    expect(open()).toEqual([{ shape: 'in-flight', paths: ['src/a.rs'], agents: ['x', 'y'], state: 'open' }]);
    expect(answer.conflicts).toEqual([{ with: 'x', shape: 'in-flight', paths: ['src/a.rs'] }]);
    for (const agent of ['x', 'y'])
      expect(told(agent)).toMatchObject([
        { shape: 'in-flight', paths: ['src/a.rs'], agents: ['x', 'y'], urgent: true },
      ]);
    expect(toldAll()).toEqual([0, 0, 0, 0]);
    const [row] = team.status('x').conflicts ?? [];
    expect(row).toEqual({ id: row?.id, shape: 'in-flight', paths: ['src/a.rs'], agents: ['x', 'y'] });
    expect(team.status('x', { detail: 'full' }).conflicts).toMatchObject([
      { state: 'open', detected_at: expect.stringMatching(/^20/) },
    ]);
  });

  it('says what to do', () => {
    change('x', 'a.rs');
    change('y', 'a.rs');
    expect(told('x')[0]?.text).toMatch(/x and y have changed a\.rs.*Agree by a note.*claim separate parts.*120 s/);
  });

  it('is told once, however often the same is stated, and after a restart', () => {
    change('x', 'a.rs');
    change('y', 'a.rs');
    toldAll();
    change('y', 'a.rs');
    change('x', 'a.rs', 'b.rs');
    team.say('x', { type: 'status', status: 'working' });
    team.restart();
    team.pass(1);
    change('y', 'a.rs', 'c.rs');
    expect(toldAll()).toEqual([0, 0, 0, 0]);
    expect(open()).toHaveLength(1);
  });

  it('counts commits that the base does not have', () => {
    saw('x', { files: [], unmerged: ['a.rs'] });
    saw('y', { files: ['a.rs'] });
    saw('y', { files: [], unmerged: ['a.rs'] });
    expect(open()).toMatchObject([{ agents: ['x', 'y'] }]);
    expect(toldAll()).toEqual([1, 1, 0, 0]);
    saw('x', { unmerged: [] });
    expect(open()).toEqual([]);
  });

  it('is one record for ten branches, and each joiner is told with the others', () => {
    const branches = Array.from({ length: 10 }, (_, index) => `w${index}`);
    team.worktrees('main', 'x', 'y', 'z', ...branches);
    team.join(...branches);
    branches.forEach((branch, index) => {
      change(branch, 'a.rs');
      if (index > 0) for (const other of branches.slice(0, index + 1)) expect(told(other), other).toHaveLength(1);
    });
    expect(open()).toEqual([{ shape: 'in-flight', paths: ['a.rs'], agents: branches, state: 'open' }]);
  });

  it('shrinks and ends without a word, and is new with a window of its own when it comes back', () => {
    for (const agent of ['x', 'y', 'z']) change(agent, 'a.rs');
    const [first] = team.state.conflicts.keys();
    toldAll();
    saw('z', { files: [] });
    expect(open()).toMatchObject([{ agents: ['x', 'y'] }]);
    saw('x', { files: [] });
    expect(open()).toEqual([]);
    expect(toldAll()).toEqual([0, 0, 0, 0]);
    team.pass(WINDOW);
    expect(toldAll()).toEqual([0, 0, 0, 0]);
    change('x', 'a.rs');
    expect(toldAll()).toEqual([1, 1, 0, 0]);
    expect(team.state.conflicts.has(first ?? '')).toBe(false);
    team.pass(WINDOW - 1);
    expect(toldAll()).toEqual([0, 0, 0, 0]);
    team.pass(1);
    expect(toldAll()).toEqual([0, 0, 0, 1]);
  });

  it('does not end with a heartbeat that names no files', () => {
    change('x', 'a.rs');
    change('y', 'a.rs');
    team.say('x', { type: 'status', status: 'working', text: 'still here' });
    expect(open()).toHaveLength(1);
  });

  it('ends when a worktree vanishes', () => {
    change('x', 'a.rs');
    change('y', 'a.rs');
    team.worktrees('main', 'y', 'z');
    expect(open()).toEqual([]);
  });

  it('never arises over ignored files, and ends when the configuration says so', () => {
    change('x', 'package-lock.json', 'web/yarn.lock', 'a.gen');
    change('y', 'package-lock.json', 'web/yarn.lock', 'a.gen');
    expect(open()).toMatchObject([{ paths: ['a.gen'] }]);
    team.config.conflict = { ...team.config.conflict, ignore: ['*.gen'] };
    team.pass(1);
    expect(open().map(({ paths }) => paths[0])).toEqual(['package-lock.json', 'web/yarn.lock']);
  });

  it('is one message for many files of the same sides, with the first of them and a count', () => {
    const files = Array.from({ length: 33 }, (_, index) => `src/${String(index).padStart(2, '0')}.ts`);
    change('x', ...files);
    change('y', ...files);
    expect(open()).toHaveLength(33);
    const [message, ...rest] = told('x');
    expect(rest).toEqual([]);
    expect(message).toMatchObject({ paths: files.slice(0, 20), more: 13 });
    team.pass(WINDOW);
    expect(told('supervisor')).toMatchObject([{ paths: files.slice(0, 20), more: 13, state: 'true' }]);
  });

  it('takes all agents of a worktree as one side', () => {
    team.hello({ branch: 'x', worktree: '/repo/x', session: 'another-session' });
    change('x', 'a.rs');
    change('x-2', 'a.rs');
    team.helper('x', 'tests');
    change('x.tests', 'a.rs');
    expect(open()).toEqual([]);
    change('y', 'a.rs');
    expect(open()).toMatchObject([{ agents: ['x', 'y'] }]);
  });

  it('goes by the name of the agent that changed the file, where the branch has none', () => {
    team.hello({ branch: 'z', worktree: '/repo/z', agent: 'bob', session: 'session-of-bob' });
    change('bob', 'a.rs');
    change('y', 'a.rs');
    expect(open()).toMatchObject([{ agents: ['bob', 'y'] }]);
    expect(told('bob')).toHaveLength(1);
    saw('z', { files: ['a.rs'] });
    expect(open()).toMatchObject([{ agents: ['y', 'z'] }]);
    expect(toldAll()).toEqual([0, 1, 1, 0]);
  });

  it('leaves the base alone, unless an agent lives there', () => {
    saw('main', { files: ['a.rs'] });
    change('x', 'a.rs');
    expect(open()).toEqual([]);
    team.hello({ branch: 'main', worktree: '/repo/main', session: 'session-of-main' });
    team.pass(1);
    expect(open()).toMatchObject([{ agents: ['main', 'x'] }]);
    team.leave('session-of-main');
    team.pass(1);
    expect(open()).toEqual([]);
  });
});

describe('the verdict', () => {
  it('goes to the supervisor at the end of the window, once, if nothing was declared', () => {
    change('x', 'a.rs');
    change('y', 'a.rs');
    toldAll();
    team.pass(WINDOW - 1);
    expect(toldAll()).toEqual([0, 0, 0, 0]);
    team.pass(1);
    expect(told('supervisor')).toMatchObject([{ shape: 'in-flight', paths: ['a.rs'], state: 'true', urgent: true }]);
    expect(toldAll()).toEqual([0, 0, 0, 0]);
    team.pass(WINDOW);
    team.restart();
    team.pass(WINDOW);
    expect(toldAll()).toEqual([0, 0, 0, 0]);
  });

  it('is a note to the sides if all have declared parts that do not meet', () => {
    plan('x', part('a.rs', lines(10, 30)));
    hold('y', part('a.rs', lines(80, 120)));
    change('x', 'a.rs');
    change('y', 'a.rs');
    expect(told('x')).toMatchObject([{ urgent: false }]);
    told('y');
    team.pass(WINDOW);
    for (const agent of ['x', 'y']) {
      const notes = told(agent);
      expect(notes).toMatchObject([{ state: 'additive', urgent: false }]);
      expect(notes[0]?.text).toMatch(/parts that do not meet.*Go on/);
    }
    team.pass(WINDOW);
    expect(toldAll()).toEqual([0, 0, 0, 0]);
  });

  it('is decided again when declarations change, and told when it turns', () => {
    change('x', 'a.rs');
    change('y', 'a.rs');
    toldAll();
    plan('x', part('a.rs', lines(10, 30)));
    expect(toldAll()).toEqual([0, 0, 0, 0]);
    plan('y', part('a.rs', lines(80, 120)));
    expect(toldAll()).toEqual([1, 1, 0, 0]);
    // Both know by now: the end of the window has nothing to add.
    team.pass(WINDOW);
    expect(toldAll()).toEqual([0, 0, 0, 0]);
    expect(open()).toMatchObject([{ state: 'additive' }]);
    plan('y', part('a.rs', lines(20, 40)));
    expect(open()).toMatchObject([{ state: 'true' }]);
    expect(toldAll()).toEqual([1, 1, 0, 1]);
    plan('y', part('a.rs', lines(25, 40)));
    expect(toldAll()).toEqual([0, 0, 0, 0]);
    plan('y', part('a.rs', lines(31, 40)));
    expect(toldAll()).toEqual([1, 1, 0, 0]);
    expect(open()).toMatchObject([{ state: 'additive' }]);
  });

  it('is not turned by a side that stops', () => {
    plan('x', part('a.rs', lines(10, 30)));
    plan('y', part('a.rs', lines(80, 120)));
    for (const agent of ['x', 'y', 'z']) change(agent, 'a.rs');
    team.pass(WINDOW);
    toldAll();
    saw('z', { files: [] });
    expect(open()).toMatchObject([{ agents: ['x', 'y'], state: 'additive' }]);
    expect(toldAll()).toEqual([0, 0, 0, 0]);
  });

  it('is true where somebody has declared the whole file or folder too', () => {
    plan('x', part('a.rs', lines(10, 30)), '.');
    plan('y', part('a.rs', lines(80, 120)));
    change('x', 'a.rs');
    change('y', 'a.rs');
    team.pass(WINDOW);
    expect(told('supervisor')).toHaveLength(1);
  });

  it('says if parts were compared by caution', () => {
    plan('x', part('a.rs', lines(10, 30)));
    plan('y', part('a.rs', { kind: 'function', name: 'login' }));
    change('x', 'a.rs');
    change('y', 'a.rs');
    expect(told('x')).toMatchObject([{ cross_kind: true }]);
  });

  it('waits for the rest of the window after a restart, and no longer than the window', () => {
    change('x', 'a.rs');
    change('y', 'a.rs');
    toldAll();
    team.pass(WINDOW - 20);
    team.restart();
    team.now.mono = 7;
    team.pass(19);
    expect(told('supervisor')).toEqual([]);
    team.pass(1);
    expect(told('supervisor')).toHaveLength(1);
    change('z', 'b.rs');
    change('y', 'b.rs');
    team.restart();
    team.now.wall -= 86_400_000;
    team.pass(0);
    team.pass(WINDOW);
    expect(told('supervisor')).toHaveLength(1);
  });
});

describe('an ownership conflict', () => {
  it('is told to the violator, the holder and the supervisor', () => {
    hold('x', 'src/a.rs');
    const answer = change('y', 'src/a.rs');
    expect(answer.conflicts).toMatchObject([{ with: 'x', shape: 'ownership', paths: ['src/a.rs'] }]);
    expect(open()).toEqual([{ shape: 'ownership', paths: ['src/a.rs'], agents: ['x', 'y'], state: 'open' }]);
    for (const agent of ['x', 'y', 'supervisor']) {
      const [message, ...rest] = told(agent);
      expect(rest).toEqual([]);
      expect(message).toMatchObject({ shape: 'ownership', paths: ['src/a.rs'], urgent: true, violators: ['y'] });
      expect(message?.text).toMatch(/y changed src\/a\.rs, which x holds \(work of x\)\. y: stop, ask x by a note/);
    }
    change('y', 'src/a.rs');
    hold('x', 'src/a.rs');
    expect(toldAll()).toEqual([0, 0, 0, 0]);
  });

  it('is not told to the supervisor if that is switched off', () => {
    team = start({ escalateOnViolation: false });
    hold('x', 'a.rs');
    change('y', 'a.rs');
    expect(toldAll()).toEqual([1, 1, 0, 0]);
  });

  it('names every owner, of claims and of plans', () => {
    hold('x', 'a.rs');
    plan('z', '.');
    change('y', 'a.rs');
    expect(open()).toMatchObject([{ shape: 'ownership', agents: ['x', 'y', 'z'] }]);
    expect(told('y')[0]?.text).toMatch(/x holds \(work of x\) and z plans to change \(plan of z\)/);
    expect(toldAll()).toEqual([1, 0, 1, 1]);
  });

  it('arises when what is already changed is claimed, and the claim says so', () => {
    change('y', 'src/a.rs');
    expect(hold('x', 'src').conflicts).toMatchObject([{ with: 'y', shape: 'ownership', paths: ['src/a.rs'] }]);
    expect(toldAll()).toEqual([1, 1, 0, 1]);
  });

  it('does not arise in what one holds or plans oneself, nor in shared claims, nor among housemates', () => {
    plan('x', 'a.rs');
    hold('y', part('a.rs', lines(20, 30)));
    plan('z', 'b.rs');
    plan('y', 'b.rs');
    team.run((tx) => claim(tx, 'x', claimRequest(['c.rs'], { mode: 'shared' })));
    team.hello({ branch: 'x', worktree: '/repo/x', agent: 'bob', session: 'session-of-bob' });
    hold('bob', 'd.rs');
    toldAll();
    change('y', 'a.rs', 'b.rs', 'c.rs');
    change('x', 'd.rs');
    expect(open()).toEqual([]);
  });

  it('does not arise where others have declared parts of the file only', () => {
    hold('x', part('a.rs', lines(1, 10)));
    change('y', 'a.rs');
    expect(open()).toEqual([]);
  });

  it('is about uncommitted changes only', () => {
    hold('x', 'a.rs');
    saw('y', { files: [], unmerged: ['a.rs'] });
    expect(open()).toEqual([]);
  });

  it('ends when the file is clean again or the claim ends, and is told anew when it comes back', () => {
    hold('x', 'a.rs');
    change('y', 'a.rs');
    toldAll();
    saw('y', { files: [] });
    expect(open()).toEqual([]);
    change('y', 'a.rs');
    expect(toldAll()).toEqual([1, 1, 0, 1]);
    free('x');
    expect(open()).toEqual([]);
    plan('x', 'a.rs');
    expect(toldAll()).toEqual([1, 1, 0, 1]);
    team.pass(901);
    expect(open()).toEqual([]);
  });

  it('is told again when somebody joins, or when a plan becomes a claim', () => {
    plan('x', 'a.rs');
    change('y', 'a.rs');
    toldAll();
    hold('x', 'a.rs');
    expect(toldAll()).toEqual([1, 1, 0, 1]);
    saw('z', { files: ['a.rs'] });
    // Two have changed the file now, which is a conflict of its own.
    expect(toldAll()).toEqual([1, 2, 2, 1]);
    expect(open()).toMatchObject([
      { shape: 'ownership', agents: ['x', 'y', 'z'] },
      { shape: 'in-flight', agents: ['y', 'z'] },
    ]);
  });

  it('of a glob holds for the files it matches', () => {
    hold('x', 'src/**/*.rs');
    change('y', 'src/a.ts', 'src/deep/b.rs', 'we"ird -> é.rs');
    expect(open()).toMatchObject([{ paths: ['src/deep/b.rs'] }]);
  });
});
