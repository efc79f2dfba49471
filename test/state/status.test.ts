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
  const MAX_CHARS = 2000;
  const WORDS = 'Rate limits on every endpoint of the public interface';

  function many(count: number): { team: Team; names: string[] } {
    const team = new Team();
    const names = Array.from({ length: count }, (_, index) => `feat-agent-${index}`);
    team.join(...names);
    for (const name of names) team.say(name, { type: 'status', status: 'working', text: WORDS });
    return { team, names };
  }

  it('keeps summaries whole as long as there is room, and then cuts them, also where nothing is claimed', () => {
    const summaries = (count: number): Set<string | undefined> =>
      new Set(
        many(count)
          .team.status('human')
          .agents.map(({ summary }) => summary),
      );
    expect([...summaries(3)]).toEqual([`${WORDS.slice(0, 39)}…`]);
    expect([...summaries(14)]).toEqual([`${WORDS.slice(0, 23)}…`]);
    expect([...summaries(18)]).toEqual([`${WORDS.slice(0, 11)}…`]);
    expect(JSON.stringify(many(14).team.status('human')).length).toBeLessThanOrEqual(MAX_CHARS);
  });

  it('shortens reasons before it leaves them out, and a claim without one is listed all the same', () => {
    const claims = (count: number): (string | undefined)[] => {
      const { team, names } = many(count);
      names.forEach((name, index) => {
        const reason = index === 0 ? {} : { reason: WORDS };
        team.run((tx) => claim(tx, name, claimRequest([`src/${index}`], reason)));
      });
      return (team.status('human').claims ?? []).map(({ reason }) => reason);
    };
    expect(claims(3)).toEqual([undefined, WORDS, WORDS]);
    expect(claims(8)).toEqual([undefined, ...Array(7).fill(`${WORDS.slice(0, 15)}…`)]);
    expect(claims(11)).toEqual(Array(11).fill(undefined));
  });
});
