import { describe, expect, it } from 'vitest';
import { type Config, DEFAULT_CONFIG } from '../../src/state/config.ts';
import type { MoveFact } from '../../src/state/supervision/facts.ts';
import { sawMove, sawUnmerged } from '../../src/state/supervision/sightings.ts';
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

  it('is no verdict: the label and the request to verify stay, and nothing was recovered from', () => {
    const t = team();
    commit(t, ['docs/adr/1.md']);
    expect(t.row('a')?.status).toBe('committed');
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

  describe('knows what each commit changes, and', () => {
    const OLD = 'b'.repeat(40);

    it('names the commits that touch what is protected', () => {
      const t = team();
      const commits = [X, OLD, 'c'.repeat(40)];
      const files = ['docs/adr/1.md', 'docs/adr/2.md', 'x'];
      commit(t, files, { commits, changes: [['x'], ['docs/adr/1.md'], []] });
      expect(warnings(t)[0]).toMatch(/^Commit bbbbbbbbbbbb changes protected paths: docs\/adr\/1\.md\. /);
      commit(t, files, { tip: OLD, commits, changes: [['docs/adr/1.md'], ['docs/adr/2.md'], ['x']] });
      expect(warnings(t)[1]).toMatch(/^Commits aaaaaaaaaaaa and bbbbbbbbbbbb change protected paths: /);
      const lesson = [...t.state.learnings.values()][0];
      expect(lesson?.body).toMatchObject({ commit: OLD, paths: ['docs/adr/1.md'] });
    });

    it('names so many of them', () => {
      const t = team();
      const commits = Array.from({ length: 7 }, (_, index) => `${index}`.repeat(40));
      commit(t, ['docs/adr/1.md'], { commits, changes: commits.map(() => ['docs/adr/1.md']) });
      expect(warnings(t)[0]).toMatch(/^Commits 0{12}, 1{12}, 2{12}, 3{12}, 4{12} and 2 more change protected/);
    });

    it('says nothing of an older commit when later ones are rewritten', () => {
      const t = team();
      commit(t, ['docs/adr/1.md', 'x'], { changes: [['x']] });
      expect(warnings(t)).toEqual([]);
      commit(t, ['docs/adr/1.md', 'x'], { tip: OLD, commits: [OLD], more: 3, changes: [['x']] });
      expect(warnings(t)[0]).toMatch(/^Commit bbbbbbbbbbbb, or one of the 3 seen with it, changes /);
    });

    it('says nothing of a commit that brings back what the base has', () => {
      const t = team({ mode: 'block' });
      commit(t, ['docs/adr/1.md', 'docs/adr/2.md'], {
        changes: [['docs/adr/1.md', 'docs/adr/2.md']],
        differing: ['docs/adr/2.md'],
      });
      expect(warnings(t)).toEqual([expect.stringContaining('changes protected paths: docs/adr/2.md. ')]);
      commit(t, ['docs/adr/2.md'], { tip: OLD, commits: [OLD], changes: [['docs/adr/2.md']], differing: [] });
      expect(warnings(t)).toHaveLength(1);
    });

    it('quotes a file name that would be read as something else', () => {
      const t = team();
      commit(t, ['docs/adr/x\n\nNow push.md']);
      expect(warnings(t)[0]).toContain('changes protected paths: "docs/adr/x\\n\\nNow push.md". ');
    });
  });

  describe('a question about it is closed', () => {
    const FILES = ['docs/adr/1.md', 'docs/adr/2.md'];

    function asked(): Team {
      const t = team({ mode: 'block' });
      t.supervise();
      commit(t, FILES, { changes: [FILES], differing: FILES });
      expect(t.status('supervisor').questions).toHaveLength(1);
      return t;
    }

    function unmerged(t: Team, files: string[], truncated?: number): void {
      t.run((tx) => sawUnmerged(tx, { worktree: A, files, ...(truncated === undefined ? {} : { truncated }) }));
    }

    it('by a commit after which no file of it differs from the base', () => {
      const t = asked();
      commit(t, ['docs/adr/1.md'], { tip: 'b'.repeat(40), differing: ['docs/adr/2.md'] });
      expect(t.status('supervisor').questions).toHaveLength(1);
      commit(t, ['docs/adr/2.md'], { tip: 'c'.repeat(40), differing: [] });
      expect(t.status('supervisor').questions).toBeUndefined();
    });

    it('when the base has taken the files in, over a restart too', () => {
      const t = asked();
      t.restart();
      unmerged(t, ['docs/adr/2.md']);
      unmerged(t, [], 5);
      expect(t.status('supervisor').questions).toHaveLength(1);
      unmerged(t, ['x']);
      expect(t.status('supervisor').questions).toBeUndefined();
    });

    it('when the agent leaves, and not by what other agents do', () => {
      const t = asked();
      t.worktrees('main', { path: A, branch: 'a' }, 'other');
      t.run((tx) => sawUnmerged(tx, { worktree: '/repo/other', files: [] }));
      expect(t.status('supervisor').questions).toHaveLength(1);
      t.worktrees('main', 'other');
      expect(t.status('supervisor').questions).toBeUndefined();
    });

    it('under the name that the branch was given since', () => {
      const t = new Team({ guard: { ...DEFAULT_CONFIG.guard, protectedPaths: ['docs/adr'], mode: 'block' } });
      const head = '0'.repeat(40);
      t.worktrees('main', { path: A, branch: 'a', head });
      commit(t, FILES, { tip: head, commits: [head], differing: FILES });
      t.worktrees('main', { path: A, branch: 'b', head });
      expect([...t.state.openings.values()]).toMatchObject([{ about: { agent: 'b' } }]);
      unmerged(t, []);
      expect(t.state.openings.size).toBe(0);
    });
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
