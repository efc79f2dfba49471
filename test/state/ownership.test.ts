import { beforeEach, describe, expect, it } from 'vitest';
import { Changes, lines, part } from './changes.ts';

let team: Changes;
beforeEach(() => {
  team = new Changes();
});

describe('an ownership conflict', () => {
  it('is told to the violator, the holder and the supervisor', () => {
    team.hold('x', ['src/a.rs']);
    const answer = team.change('y', 'src/a.rs');
    expect(answer.conflicts).toMatchObject([{ with: 'x', shape: 'ownership', paths: ['src/a.rs'] }]);
    expect(team.open()).toEqual([{ shape: 'ownership', paths: ['src/a.rs'], agents: ['x', 'y'], state: 'open' }]);
    for (const agent of ['x', 'y', 'supervisor']) {
      const [message, ...rest] = team.told(agent);
      expect(rest).toEqual([]);
      expect(message).toMatchObject({ shape: 'ownership', paths: ['src/a.rs'], urgent: true, violators: ['y'] });
      expect(message?.text).toMatch(/y changed src\/a\.rs, which x holds \("work of x"\)\. y: stop, ask x by a note/);
    }
    team.change('y', 'src/a.rs');
    team.hold('x', ['src/a.rs']);
    expect(team.toldAll()).toEqual([0, 0, 0, 0]);
  });

  it('is not told to the supervisor if that is switched off', () => {
    team = new Changes({ escalateOnViolation: false });
    team.hold('x', ['a.rs']);
    team.change('y', 'a.rs');
    expect(team.toldAll()).toEqual([1, 1, 0, 0]);
  });

  it('names every owner, of claims and of plans', () => {
    team.hold('x', ['a.rs']);
    team.plan('z', '.');
    team.change('y', 'a.rs');
    expect(team.open()).toMatchObject([{ shape: 'ownership', agents: ['x', 'y', 'z'] }]);
    expect(team.told('y')[0]?.text).toMatch(/x holds \("work of x"\) and z plans to change \("plan of z"\)/);
    expect(team.toldAll()).toEqual([1, 0, 1, 1]);
  });

  it('arises when what is already changed is claimed, and the claim says so', () => {
    team.change('y', 'src/a.rs');
    expect(team.hold('x', ['src']).conflicts).toMatchObject([{ with: 'y', shape: 'ownership', paths: ['src/a.rs'] }]);
    expect(team.toldAll()).toEqual([1, 1, 0, 1]);
  });

  it('does not arise in what one holds or plans oneself, nor in shared claims, nor among housemates', () => {
    team.plan('x', 'a.rs');
    team.hold('y', [part('a.rs', lines(20, 30))]);
    team.plan('z', 'b.rs');
    team.plan('y', 'b.rs');
    team.hold('x', ['c.rs'], 'shared');
    team.hello({ branch: 'x', worktree: '/repo/x', agent: 'bob', session: 'session-of-bob' });
    team.hold('bob', ['d.rs']);
    team.toldAll();
    team.change('y', 'a.rs', 'b.rs', 'c.rs');
    team.change('x', 'd.rs');
    expect(team.open()).toEqual([]);
  });

  it('does not arise where others have declared parts of the file only', () => {
    team.hold('x', [part('a.rs', lines(1, 10))]);
    team.change('y', 'a.rs');
    expect(team.open()).toEqual([]);
  });

  it('does not arise in a plan whose time is over, even before the clock ends it', () => {
    const plan = (): unknown =>
      team.say('x', { type: 'intent', files: ['a.rs'], text: 'plan of x', valid_for_seconds: 60 });
    plan();
    team.now.wall += 60_000;
    team.change('y', 'a.rs');
    expect(team.open()).toEqual([]);
    plan();
    expect(team.open()).toMatchObject([{ shape: 'ownership' }]);
  });

  it('is about uncommitted changes only', () => {
    team.hold('x', ['a.rs']);
    team.saw('y', { files: [], unmerged: ['a.rs'] });
    expect(team.open()).toEqual([]);
  });

  it('ends when the file is clean again or the claim ends, and is told anew when it comes back', () => {
    team.hold('x', ['a.rs']);
    team.change('y', 'a.rs');
    team.toldAll();
    team.saw('y', { files: [] });
    expect(team.open()).toEqual([]);
    team.change('y', 'a.rs');
    expect(team.toldAll()).toEqual([1, 1, 0, 1]);
    team.free('x');
    expect(team.open()).toEqual([]);
    team.plan('x', 'a.rs');
    expect(team.toldAll()).toEqual([1, 1, 0, 1]);
    team.pass(901);
    expect(team.open()).toEqual([]);
  });

  it('is told again when somebody joins, or when a plan becomes a claim', () => {
    team.plan('x', 'a.rs');
    team.change('y', 'a.rs');
    team.toldAll();
    team.hold('x', ['a.rs']);
    expect(team.toldAll()).toEqual([1, 1, 0, 1]);
    team.saw('z', { files: ['a.rs'] });
    // Two have changed the file now, which is a conflict of its own.
    expect(team.toldAll()).toEqual([1, 2, 2, 1]);
    expect(team.open()).toMatchObject([
      { shape: 'ownership', agents: ['x', 'y', 'z'] },
      { shape: 'in-flight', agents: ['y', 'z'] },
    ]);
  });

  it('of a glob holds for the files it matches', () => {
    team.hold('x', ['src/**/*.rs']);
    team.change('y', 'src/a.ts', 'src/deep/b.rs', 'we"ird -> é.rs');
    expect(team.open()).toMatchObject([{ paths: ['src/deep/b.rs'] }]);
  });
});
