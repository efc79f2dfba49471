import { describe, expect, it } from 'vitest';
import { type Config, DEFAULT_CONFIG } from '../../src/state/config.ts';
import { type MoveFact, sawMove } from '../../src/state/supervision/sightings.ts';
import { Team } from './team.ts';

const A = '/repo/a';
const X = 'a'.repeat(40);

function team(guard: Partial<Config['guard']> = {}): Team {
  const made = new Team({ guard: { ...DEFAULT_CONFIG.guard, protectedPaths: ['docs/adr'], ...guard } });
  made.worktrees('main', { path: A, branch: 'a', head: '0'.repeat(40) });
  made.join('a');
  return made;
}

function commit(t: Team, files: string[], more: Partial<MoveFact> = {}): void {
  t.run((tx) => sawMove(tx, { worktree: A, tip: X, commits: [X], files, ...more }));
}

function warnings(t: Team): string[] {
  return [...t.state.messages.values()].flatMap((message) =>
    message.type === 'agent.feedback' && message.agent_id === 'coordinator' ? message.payload.errors : [],
  );
}

describe('the role guard', () => {
  it('tells the author of a commit which protected files it changes, and keeps a lesson', () => {
    const t = team();
    commit(t, ['docs/adr/1.md', 'docs/adr/2.md', 'src/x.ts']);
    expect(warnings(t)).toEqual([
      "Commit aaaaaaaaaaaa changes protected paths: docs/adr/1.md, docs/adr/2.md. Here that is the supervisor's to do. Take it out of your branch, for example by restoring what was changed from main and amending the commit, or ask the supervisor to make the change.",
    ]);
    expect(t.read('a').map(({ type }) => type)).toContain('agent.feedback');
    expect([...t.state.learnings.values()]).toMatchObject([
      {
        category: 'scope_mistake',
        agent_id: 'coordinator',
        branch_id: 'a',
        body: { commit: X, paths: ['docs/adr/1.md', 'docs/adr/2.md'] },
      },
    ]);
    expect(t.state.openings.size).toBe(0);
  });

  it('is no verdict: the label, the request to verify and the counts stay', () => {
    const t = team();
    commit(t, ['docs/adr/1.md']);
    expect(t.row('a')?.status).toBe('committed');
    expect(t.state.agents.get('a')).toMatchObject({ feedbacks: 0 });
    expect(t.state.nudges.get('a')).toMatchObject({ commit: X, settled: false });
    t.say('human', { type: 'verified', to: ['a'], commit: X });
    expect([...t.state.learnings.values()].map(({ category }) => category)).toEqual(['scope_mistake']);
  });

  it.each([
    [['docs/adr'], 'docs/adr', true],
    [['docs/adr'], 'docs/adr/deep/1.md', true],
    [['./docs/adr/'], 'docs/adr/1.md', true],
    [['docs/adr'], 'docs/adrs/1.md', false],
    [['**/*.lock'], 'a/b/c.lock', true],
    [['*.lock'], 'a/b/c.lock', false],
    [['.'], 'anything', true],
    [['docs/adr', 'CODEOWNERS'], 'CODEOWNERS', true],
    [[], 'docs/adr/1.md', false],
  ])('paths %j, changed %j: %j', (protectedPaths, file, told) => {
    const t = team({ protectedPaths });
    commit(t, [file]);
    expect(warnings(t)).toHaveLength(told ? 1 : 0);
  });

  it('names so many files, counts the others, and says if it may have been an earlier commit', () => {
    const t = team();
    const files = Array.from({ length: 23 }, (_, index) => `docs/adr/${index}.md`);
    commit(t, files, { commits: [X, 'b'.repeat(40)], more: 3 });
    expect(warnings(t)[0]).toMatch(
      /^Commit aaaaaaaaaaaa, or one of the 4 seen with it, changes .*\/19\.md and 3 more\./,
    );
  });

  it('in block mode asks the supervisor to have it reverted; an answer goes to the author and settles it', () => {
    const t = team({ mode: 'block' });
    t.supervise();
    commit(t, ['docs/adr/1.md']);
    expect(warnings(t)).toHaveLength(1);
    const { questions = [] } = t.status('supervisor', { detail: 'full' });
    expect(questions).toMatchObject([{ from: 'coordinator', to: ['supervisor'] }]);
    expect(questions[0]?.text).toMatch(
      /^Commit aaaaaaaaaaaa of a changes protected paths: docs\/adr\/1\.md\. .*reverted/,
    );
    t.read('a');
    const re = questions[0]?.seq;
    expect(t.say('supervisor', { type: 'answer', re, text: 'Please revert it.' }).to).toEqual(['a']);
    expect(t.read('a')).toMatchObject([{ type: 'agent.answer', re, payload: { answer: 'Please revert it.' } }]);
    expect(t.status('supervisor').questions).toBeUndefined();
  });

  it('is silent when it is off, on the base branch, and about what is not new', () => {
    for (const [guard, more] of [
      [{ mode: 'off' }, {}],
      [{}, { worktree: '/repo/main' }],
      [{}, { firstSight: true }],
    ] as const) {
      const t = team(guard);
      commit(t, ['docs/adr/1.md'], more);
      expect(warnings(t)).toEqual([]);
      expect(t.state.learnings.size).toBe(0);
    }
  });

  it('lets a supervisor commit in a worktree of its own, and nobody else beside it', () => {
    const t = new Team({ guard: { ...DEFAULT_CONFIG.guard, protectedPaths: ['docs/adr'] } });
    t.worktrees('main', { path: A, branch: 'a', head: '0'.repeat(40) });
    t.hello({ role: 'supervisor', worktree: A, branch: 'a' });
    commit(t, ['docs/adr/1.md']);
    expect(warnings(t)).toEqual([]);
    t.join('a');
    commit(t, ['docs/adr/2.md'], { tip: 'b'.repeat(40) });
    expect(warnings(t)).toHaveLength(1);
  });

  describe('with the preset openspec', () => {
    it.each([
      ['openspec/changes/archive/2026-01-01-add-auth/proposal.md', true],
      ['packages/web/openspec/changes/archive/x/tasks.md', true],
      ['openspec/specs/auth/spec.md', true],
      ['openspec/changes/add-auth/specs/auth/spec.md', false],
      ['openspec/changes/add-auth/tasks.md', false],
    ])('%s: %j', (file, told) => {
      const t = team({ protectedPaths: [], preset: 'openspec' });
      commit(t, [file]);
      expect(warnings(t)).toHaveLength(told ? 1 : 0);
    });

    it('knows the commit that archives a change by its first line', () => {
      const subject = 'chore(specs): archive add-auth; sync deltas to main specs';
      const t = team({ protectedPaths: [], preset: 'openspec' });
      commit(t, ['openspec/changes/add-auth/tasks.md'], { subjects: ['fix: y', subject] });
      expect(warnings(t)[0]).toContain(`Commit aaaaaaaaaaaa says "${subject}"`);
      commit(t, ['x'], { tip: 'b'.repeat(40), subjects: ['chore(specs): archive'] });
      expect(warnings(t)).toHaveLength(1);
    });

    it('protects what is listed as well', () => {
      const t = team({ preset: 'openspec' });
      commit(t, ['docs/adr/1.md', 'openspec/specs/a/spec.md']);
      expect(warnings(t)[0]).toContain('docs/adr/1.md, openspec/specs/a/spec.md');
    });
  });
});
