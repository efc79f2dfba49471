import { describe, expect, it } from 'vitest';
import { PATHS_MAX } from '../../src/protocol/limits.ts';
import { sawFiles, sawMove, sawUnmerged, takeTipsForKnown } from '../../src/state/supervision/sightings.ts';
import { Team } from './team.ts';

const A = '/repo/a';
const TIP = 'a'.repeat(40);
const NEXT = 'b'.repeat(40);

/** Agents on the branches `a` and `b`, of which the tip of `b` is not known. */
function team(): Team {
  const t = new Team();
  t.worktrees('main', { path: A, branch: 'a', head: TIP }, { path: '/repo/b', branch: 'b' });
  t.join('a');
  return t;
}

function newest(t: Team): unknown {
  return t.state.messages.get(t.state.seq)?.payload;
}

function artifacts(t: Team): number {
  return [...t.state.messages.values()].filter(({ type }) => type === 'agent.artifact').length;
}

describe('a list of files that is longer than what is kept', () => {
  it('is kept with the number of the others, until it is short enough', () => {
    const t = team();
    const saw = (files: string[], truncated?: number): void =>
      t.run((tx) => sawFiles(tx, { worktree: A, files, truncated }));
    saw(['x.ts', 'y.ts'], 7);
    expect(newest(t)).toEqual({ status: 'working', modified_files: ['x.ts', 'y.ts'], truncated: 7 });
    expect(t.row('a')?.modified_files).toBe(9);
    const { seq } = t.state;
    saw(['x.ts', 'y.ts'], 7);
    expect(t.state.seq).toBe(seq);
    saw(['x.ts', 'y.ts'], 8);
    expect(t.row('a')?.modified_files).toBe(10);
    saw(['x.ts', 'y.ts']);
    expect(newest(t)).not.toHaveProperty('truncated');
    expect(t.row('a')?.modified_files).toBe(2);
  });

  it('is announced with a commit in the same way', () => {
    const t = team();
    t.run((tx) => sawMove(tx, { worktree: A, tip: NEXT, commits: [NEXT], files: ['x.ts'], truncated: 3 }));
    expect([...t.state.messages.values()]).toContainEqual(
      expect.objectContaining({
        type: 'agent.artifact',
        payload: {
          status: 'committed',
          commit: NEXT,
          commits: [NEXT],
          exports: [],
          modified_files: ['x.ts'],
          truncated: 3,
        },
      }),
    );
  });

  it('of what a branch has changed is kept as far as the bound', () => {
    const t = team();
    const files = Array.from({ length: PATHS_MAX + 1 }, (_, index) => `src/${index}.ts`);
    t.run((tx) => sawUnmerged(tx, { worktree: A, files }));
    expect(t.state.agents.get('a')?.unmerged).toEqual(files.slice(0, PATHS_MAX));
  });
});

describe('what is found at the start', () => {
  it('is no news, and what comes after it is', () => {
    const t = team();
    t.run(takeTipsForKnown);
    expect(t.state.agents.get('a')?.announced).toBe(TIP);
    expect(t.state.agents.get('b')).not.toHaveProperty('announced');
    t.run((tx) => sawMove(tx, { worktree: A, tip: TIP, commits: [], files: [] }));
    expect(artifacts(t)).toBe(0);
    t.run((tx) => sawMove(tx, { worktree: A, tip: NEXT, commits: [NEXT], files: ['x.ts'] }));
    expect(artifacts(t)).toBe(1);
  });

  it('is news where something older was announced before', () => {
    const t = team();
    t.run(takeTipsForKnown);
    t.worktrees('main', { path: A, branch: 'a', head: NEXT }, { path: '/repo/b', branch: 'b' });
    t.run(takeTipsForKnown);
    t.run((tx) => sawMove(tx, { worktree: A, tip: NEXT, commits: [NEXT], files: ['x.ts'] }));
    expect(artifacts(t)).toBe(1);
  });

  it('is no tip of anybody without a worktree', () => {
    const t = team();
    t.hello({ agent: 'guest', session: 'session-of-guest' });
    t.run((tx) => tx.emit({ kind: 'agent', id: 'guest', set: { tip: TIP } }));
    t.run(takeTipsForKnown);
    expect(t.state.agents.get('guest')).not.toHaveProperty('announced');
  });
});

it('what is seen in a worktree nobody knows changes nothing', () => {
  const t = team();
  const records = t.records.length;
  const worktree = '/repo/unknown';
  t.run((tx) => sawFiles(tx, { worktree, files: ['x.ts'] }));
  t.run((tx) => sawUnmerged(tx, { worktree, files: ['x.ts'] }));
  t.run((tx) => sawMove(tx, { worktree, tip: NEXT, commits: [NEXT], files: ['x.ts'] }));
  expect(t.records).toHaveLength(records);
});
