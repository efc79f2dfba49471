import { describe, expect, it } from 'vitest';
import { CONFLICTS_SHOWN, OUTBOX_SHOWN } from '../../src/protocol/limits.ts';
import { claim } from '../../src/state/claims/claims.ts';
import { Changes, lines, part } from './changes.ts';
import { crew } from './crew.ts';
import { Team } from './team.ts';
import { claimRequest } from './world.ts';

describe('status of one agent', () => {
  it('shows its row, and of everything else what concerns it', () => {
    const team = new Changes();
    team.hold('x', ['x.ts']);
    team.hold('y', ['y.ts']);
    team.change('x', 'both.ts');
    team.change('y', 'both.ts', 'other.ts');
    team.change('z', 'other.ts');
    team.say('x', { type: 'question', to: ['y'], text: 'from x?' });
    team.say('z', { type: 'question', to: ['x'], text: 'to x?' });
    team.say('y', { type: 'question', to: ['z'], text: 'of others?' });
    const answer = team.status('z', { agent: 'x' });
    expect(answer.agents.map(({ agent_id }) => agent_id)).toEqual(['x']);
    expect(answer).not.toHaveProperty('offline');
    expect(answer.claims?.map(({ path }) => path)).toEqual(['x.ts']);
    expect(answer.conflicts?.map(({ paths }) => paths)).toEqual([['both.ts']]);
    expect(answer.questions?.map(({ text }) => text)).toEqual(['from x?', 'to x?']);
    expect(team.status('z').questions).toHaveLength(3);
  });

  it('takes a branch for its agent, and names one that never came as offline', () => {
    const team = new Team();
    team.worktrees('main', 'feat/x');
    expect(team.status('human', { agent: 'feat/x' })).toMatchObject({ agents: [], offline: ['feat-x'] });
  });
});

describe('the summary of a row', () => {
  it('is the newest of own words, the reason of a claim and the title of an item', () => {
    const team = crew('a');
    const summary = (): string | undefined => {
      const shown = team.row('a')?.summary;
      team.pass(1);
      return shown;
    };
    const hold = (path: string, reason?: string): void => {
      team.run((tx) => claim(tx, 'a', claimRequest([path], reason === undefined ? {} : { reason })));
    };
    hold('src/a', 'reading the parser');
    expect(summary()).toBe('reading the parser');
    team.say('a', { type: 'status', status: 'working', text: 'writing tests' });
    expect(summary()).toBe('writing tests');
    hold('src/b', 'the lexer next');
    expect(summary()).toBe('the lexer next');
    team.say('a', { type: 'artifact', status: 'draft', text: 'half of it' });
    expect(summary()).toBe('half of it');
    hold('src/a', 'the parser after all');
    expect(summary()).toBe('the parser after all');
    hold('src/b');
    team.add('Limit logins');
    expect(summary()).toBe('the parser after all');
    team.claim('a', { next: true });
    expect(summary()).toBe('Limit logins');
    team.say('a', { type: 'status', status: 'working' });
    expect(summary()).toBe('Limit logins');
    team.say('a', { type: 'intent', files: ['src/c'], text: 'limits by address' });
    expect(summary()).toBe('limits by address');
    team.work('a', { action: 'update', id: 'w1', body: 'All of them.' });
    expect(summary()).toBe('limits by address');
    team.work('a', { action: 'update', id: 'w1', title: 'Limit logins and sign-ups' });
    expect(summary()).toBe('Limit logins and sign-ups');
    team.restart();
    expect(summary()).toBe('Limit logins and sign-ups');
    team.release('a', { all: true });
    expect(summary()).toBe('limits by address');
  });

  it('is the reason where an item was claimed with one, and the words where their time is not known', () => {
    const team = crew('a');
    team.add('Limit logins');
    team.claim('a', { work: 'w1', reason: 'by address' });
    expect(team.row('a')?.summary).toBe('by address');
    team.release('a', { all: true });
    team.run((tx) => tx.emit({ kind: 'agent', id: 'a', set: { text: 'said to an older version' } }));
    expect(team.row('a')?.summary).toBe('said to an older version');
  });
});

describe('the full form of status', () => {
  it('adds worktree, branch and client, and how files are watched; the short form leaves out what goes without saying', () => {
    const team = new Team();
    team.worktrees('main', 'a');
    team.hello({ branch: 'a', worktree: '/repo/a', client: 'codex 1.2' });
    const [full] = team.status('a', { detail: 'full', agent: 'a' }).agents;
    expect(full).toMatchObject({ agent_id: 'a', branch: 'a', worktree: '/repo/a', client: 'codex 1.2' });
    expect(full).not.toHaveProperty('watching');
    for (const key of ['branch', 'worktree', 'client']) expect(team.row('a')).not.toHaveProperty(key);
    team.state.volatile.polled.set('/repo/a', 'too many files');
    expect(team.row('a')).toMatchObject({ watching: 'polling' });
    expect(team.row('main')).toBeUndefined();
  });

  it('has conflicts as whole records, with what was compared by caution', () => {
    const team = new Changes();
    team.plan('x', part('a.rs', lines(10, 30)));
    team.plan('y', part('a.rs', { kind: 'function', name: 'login' }));
    const { conflicts = [] } = team.status('x', { detail: 'full' });
    expect(conflicts).toMatchObject([{ shape: 'forward', cross_kind: true, state: 'open' }]);
    expect(team.status('x').conflicts?.[0]).not.toHaveProperty('cross_kind');
  });

  it('has every conflict, while the short form lists the newest and counts the others', () => {
    const team = new Changes();
    const files = Array.from({ length: CONFLICTS_SHOWN + 2 }, (_, index) => `f${String(index).padStart(2, '0')}`);
    for (const agent of ['x', 'y']) team.change(agent, ...files);
    const paths = (detail: string): string[] | undefined =>
      team.status('x', { detail }).conflicts?.map((conflict) => conflict.paths[0] ?? '');
    expect(paths('full')).toEqual(files);
    expect(paths('summary')).toEqual(files.slice(2));
    expect(team.status('x')).toMatchObject({ more_conflicts: 2 });
    expect(team.status('x', { detail: 'full' })).not.toHaveProperty('more_conflicts');
    team.change('y', ...files.slice(2));
    expect(team.status('x')).not.toHaveProperty('more_conflicts');
  });
});

describe('the outbox', () => {
  const outbox = (team: Team): [number, string[]][] =>
    (team.status('a', { detail: 'full' }).outbox ?? []).map(({ seq, read_by }) => [seq, read_by]);

  it('is the last direct messages, newest first, with who has read each', () => {
    const team = new Team();
    team.join('a', 'b', 'c');
    team.say('a', { type: 'note', to: ['b', 'c'], text: 'four' });
    team.say('b', { type: 'note', to: ['c'], text: 'not of a' });
    team.say('a', { type: 'artifact', text: 'not direct' });
    team.say('a', { type: 'note', to: ['b'], text: 'seven', urgent: true });
    expect(outbox(team)).toEqual([
      [7, []],
      [4, []],
    ]);
    team.poll('b', { limit: 1 });
    expect(outbox(team)).toEqual([
      [7, []],
      [4, []],
    ]);
    team.read('c');
    team.read('b');
    expect(outbox(team)).toEqual([
      [7, []],
      [4, ['b', 'c']],
    ]);
    for (let more = 1; more <= OUTBOX_SHOWN; more += 1)
      team.say('a', { type: 'note', to: ['b'], text: `more ${more}` });
    expect(outbox(team).map(([seq]) => seq)).toEqual(Array.from({ length: OUTBOX_SHOWN }, (_, index) => 27 - index));
  });

  it('takes nothing for read that was handed on unread', () => {
    const team = new Team();
    team.join('a', 'b');
    team.hello({ branch: 'b', worktree: '/repo/b', session: 'session-of-b-2' });
    const { seq } = team.say('a', { type: 'note', to: ['b-2'], text: 'for the second' });
    team.leave('session-of-b-2');
    expect(team.read('b').map((message) => message.seq)).toEqual([seq]);
    expect(outbox(team)).toEqual([[seq, []]]);
    expect(team.status('human', { detail: 'full' }).outbox).toEqual([]);
  });
});

describe('a long summary', () => {
  const MAX_BYTES = 2048;
  const WORDS = 'Größenlimits für alle Endpunkte der öffentlichen Schnittstelle';

  /** Agents with ids of usual length that say much, and hold one claim each. */
  function many(count: number, claims = count): { team: Team; names: string[] } {
    const team = new Team();
    const names = Array.from({ length: count }, (_, index) => `feat-agent-number-${index + 1}`);
    team.worktrees('main', ...names.map((name) => ({ path: `/repo/${name}`, branch: name })));
    team.join(...names);
    team.supervise();
    for (const [index, name] of names.entries()) {
      team.say(name, { type: 'status', status: 'working', text: WORDS, phase: 'implementation of the core' });
      if (index < claims) team.run((tx) => claim(tx, name, claimRequest([pathOf(name)], { reason: WORDS })));
    }
    return { team, names };
  }

  const pathOf = (name: string): string => `packages/core/src/${name}`;
  const change = (team: Team, name: string, ...files: string[]): void => {
    team.say(name, { type: 'status', status: 'working', files: files.map((file) => `${pathOf(name)}/${file}`) });
  };
  const bytesOf = (answer: object): number => Buffer.byteLength(JSON.stringify(answer));

  it('keeps summaries whole as long as there is room, and then cuts them, but the caller’s own', () => {
    const { team, names } = many(10, 0);
    const [first] = names;
    const whole = `${WORDS.slice(0, 39)}…`;
    const [few] = many(3, 0).team.status('human').agents;
    expect(few?.summary).toBe(whole);
    const rows = team.status(first ?? '').agents;
    expect(rows.map(({ summary }) => summary)).toEqual([whole, ...Array(9).fill(`${WORDS.slice(0, 23)}…`), undefined]);
    expect(rows[3]).toMatchObject({ phase: 'implementation of the core' });
  });

  it('shortens reasons before it leaves them out, and a claim without one is listed all the same', () => {
    const reasons = (count: number): (string | undefined)[] =>
      (many(count).team.status('human').claims ?? []).map(({ reason }) => reason);
    expect(reasons(3)).toEqual(Array(3).fill(WORDS));
    expect(reasons(5)).toEqual(Array(5).fill(`${WORDS.slice(0, 15)}…`));
    expect(reasons(10)).toEqual(Array(10).fill(undefined));
  });

  it('of ten agents with ten claims is 2 KB at most, with every agent, its label and its claim', () => {
    const { team, names } = many(10);
    for (const name of names) change(team, name, 'a.ts', 'b.ts', 'c.ts');
    const answer = team.status('feat-agent-number-10');
    expect(bytesOf(answer)).toBeLessThanOrEqual(MAX_BYTES);
    expect(answer.agents).toHaveLength(11);
    for (const row of answer.agents) expect(row).toMatchObject({ status: expect.any(String), online: true });
    expect(answer.agents.find(({ agent_id }) => agent_id === 'feat-agent-number-10')).toMatchObject({
      last_seen_seconds: 0,
      summary: `${WORDS.slice(0, 39)}…`,
      phase: 'implementation of the core',
      modified_files: 3,
    });
    expect(answer.claims).toHaveLength(10);
    expect(answer).not.toHaveProperty('more_claims');
  });

  it('with conflicts, questions and labels of many words too; claims of others are counted then', () => {
    const { team, names } = many(10);
    const shared = Array.from({ length: 12 }, (_, index) => `packages/core/shared/file-${index}`);
    for (const name of names.slice(0, 2)) team.say(name, { type: 'status', status: 'working', files: shared });
    for (const name of names) {
      team.say(name, { type: 'question', text: WORDS });
      team.say(name, { type: 'artifact', status: 'waiting for somebody who knows what to do' });
    }
    const answer = team.status('feat-agent-number-10');
    expect(bytesOf(answer)).toBeLessThanOrEqual(MAX_BYTES);
    expect(answer.agents.map(({ agent_id }) => agent_id).sort()).toEqual([...names, 'supervisor'].sort());
    expect(answer.questions).toHaveLength(10);
    expect(answer).toMatchObject({ more_conflicts: 12 });
    expect(answer.claims?.map(({ holder }) => holder)).toContain('feat-agent-number-10');
    expect((answer.claims?.length ?? 0) + (answer.more_claims ?? 0)).toBe(10);
    expect(answer.more_claims).toBeGreaterThan(0);
  });

  it('may be longer for more agents, in proportion, and still lists what they hold', () => {
    const { team } = many(30);
    const answer = team.status('human');
    expect(bytesOf(answer)).toBeGreaterThan(MAX_BYTES);
    expect(bytesOf(answer)).toBeLessThanOrEqual(3 * MAX_BYTES);
    expect(answer.claims).toHaveLength(30);
  });
});
