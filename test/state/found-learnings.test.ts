import { describe, expect, it } from 'vitest';
import { claimRequestSchema } from '../../src/protocol/requests.ts';
import { claim, release } from '../../src/state/claims/claims.ts';
import { keepOpenBlocks, spanText } from '../../src/state/learnings/found-learnings.ts';
import type { Learning } from '../../src/state/learnings/learning-events.ts';
import { toSnapshot } from '../../src/state/state.ts';
import { Team } from './team.ts';

function team(...branches: string[]): Team {
  const t = new Team();
  t.worktrees('main', ...branches);
  t.join(...branches);
  t.supervise();
  return t;
}

function found(t: Team, category: string): Learning[] {
  return [...t.state.learnings.values()].filter((learning) => learning.category === category);
}

function take(t: Team, agent: string, request: object): void {
  t.run((tx) => claim(tx, agent, claimRequestSchema.parse(request)));
}

function free(t: Team, agent: string): void {
  t.run((tx) => release(tx, agent, { paths: [], names: [], work: [], all: true, force: false }, 'holder'));
}

/** Agents wait for `path` one after the other; nobody gets it. */
function wait(t: Team, path: string, ...agents: string[]): void {
  for (const agent of agents) take(t, agent, { targets: [{ path }], queue: true });
}

it.each([
  [0, '0s'],
  [45.4, '45s'],
  [59.6, '1m00s'],
  [60, '1m00s'],
  [672, '11m12s'],
  [3599, '59m59s'],
  [7500, '2h05m'],
  [100_000, '27h46m'],
])('%d seconds are said as %s', (seconds, text) => {
  expect(spanText(seconds)).toBe(text);
});

describe('stuck_duration', () => {
  it('tells of a block whose agent left, and nobody is shown to wait any more', () => {
    const t = team('x', 'y');
    t.say('x', { type: 'blocked', to: ['y'], text: 'the session API' });
    t.say('x', { type: 'question', text: 'v1?' });
    t.say('y', { type: 'question', to: ['x'], text: 'v2?' });
    t.say('x', { type: 'blocked', to: ['y'], text: 'the session API' });
    t.pass(60);
    t.worktrees('main', 'y');
    expect(found(t, 'stuck_duration')).toMatchObject([{ title: 'x: blocked 1m00s waiting on y', branch_id: 'x' }]);
    expect([...t.state.openings.values()]).toMatchObject([{ from: 'y', text: 'v2?' }]);
    t.run(keepOpenBlocks);
    expect(found(t, 'stuck_duration')).toHaveLength(1);
  });

  it('tells how long a block lasted, by the artifact that ends it', () => {
    const t = team('x', 'y');
    t.say('x', { type: 'blocked', to: ['y'], text: 'the session API' });
    t.pass(672);
    t.say('y', { type: 'artifact' });
    expect(found(t, 'stuck_duration')).toMatchObject([
      {
        title: 'x: blocked 11m12s waiting on y',
        body: { agent: 'x', waiting_on: 'y', seconds: 672, needs: 'the session API' },
        agent_id: 'coordinator',
        branch_id: 'x',
        count: 1,
      },
    ]);
    expect(found(t, 'stuck_duration')[0]?.body).not.toHaveProperty('unresolved');
    const told = [...t.state.messages.values()].filter(({ type }) => type === 'agent.learning');
    expect(told).toMatchObject([{ agent_id: 'coordinator', to: ['x'] }]);
  });

  it.each([
    ['the blocker answers', (t: Team) => t.say('y', { type: 'answer', to: ['x'], text: 'there' })],
    ['the agent says something else', (t: Team) => t.say('x', { type: 'status', status: 'working' })],
    ['the agent is blocked anew', (t: Team) => t.say('x', { type: 'blocked', to: ['supervisor'], text: 'more' })],
  ])('ends when %s', (_, end) => {
    const t = team('x', 'y');
    t.say('x', { type: 'blocked', to: ['y'], text: 'it' });
    t.pass(1);
    end(t);
    expect(found(t, 'stuck_duration').map(({ title }) => title)).toEqual(['x: blocked 1s waiting on y']);
  });

  it('that is answered at once teaches nothing', () => {
    const t = team('x', 'y');
    t.say('x', { type: 'blocked', to: ['y'], text: 'it' });
    t.say('y', { type: 'answer', to: ['x'], text: 'there' });
    expect(found(t, 'stuck_duration')).toEqual([]);
  });

  it('a question is no block', () => {
    const t = team('x', 'y');
    t.say('x', { type: 'question', to: ['y'], text: 'why?' });
    t.say('y', { type: 'answer', to: ['x'], text: 'so' });
    expect(t.state.learnings.size).toBe(0);
  });

  it('at the end of a run is recorded as unresolved, once, and goes on in the same record', () => {
    const t = team('x', 'y');
    t.say('x', { type: 'blocked', to: ['y'], text: 'it' });
    t.pass(60);
    t.run(keepOpenBlocks);
    expect(found(t, 'stuck_duration')).toMatchObject([
      { title: 'x: blocked 1m00s waiting on y, unresolved', body: { unresolved: true } },
    ]);
    const [{ id } = { id: '' }] = found(t, 'stuck_duration');
    t.restart();
    t.run((tx) => tx.emit({ kind: 'filed', ids: [id] }));
    t.pass(60);
    t.run(keepOpenBlocks);
    expect(t.state.unfiled.size).toBe(0);
    t.say('y', { type: 'artifact' });
    expect(found(t, 'stuck_duration')).toMatchObject([{ id, title: 'x: blocked 2m00s waiting on y', count: 1 }]);
    expect([...t.state.unfiled]).toEqual([id]);
    expect([...t.state.messages.values()].filter(({ type }) => type === 'agent.learning')).toHaveLength(1);
  });
});

describe('recovery_cycles', () => {
  const verify = (t: Team): unknown => t.say('supervisor', { type: 'verified', to: ['x'] });
  const sendBack = (t: Team, from = 'supervisor'): unknown =>
    t.say(from, { type: 'feedback', to: ['x'], text: ['not yet'] });

  it('counts what supervisors and people send back, over new commits, until it is verified', () => {
    const t = team('x', 'y');
    sendBack(t);
    sendBack(t, 'human');
    t.say('y', { type: 'feedback', to: ['x'], text: ['from a peer'] });
    t.run((tx) => tx.emit({ kind: 'agent', id: 'x', set: { tip: 'abcdef1', feedbacks: 0 } }));
    sendBack(t);
    expect(found(t, 'recovery_cycles')).toEqual([]);
    verify(t);
    expect(found(t, 'recovery_cycles')).toMatchObject([
      { title: 'x: 3 recovery cycles before verified', body: { agent: 'x', cycles: 3, commit: 'abcdef1' } },
    ]);
  });

  it('starts anew after each verification, and none is worth no word', () => {
    const t = team('x');
    verify(t);
    expect(found(t, 'recovery_cycles')).toEqual([]);
    sendBack(t);
    verify(t);
    verify(t);
    expect(found(t, 'recovery_cycles').map(({ title }) => title)).toEqual(['x: 1 recovery cycle before verified']);
  });

  it("the coordinator's own warnings do not count", () => {
    const t = team('x', 'y');
    for (const agent of ['x', 'y']) t.say(agent, { type: 'intent', files: ['src/a.ts'], text: 'rewrite' });
    sendBack(t);
    verify(t);
    expect(found(t, 'recovery_cycles')).toMatchObject([{ body: { cycles: 1 } }]);
  });
});

describe('conflict_event', () => {
  const plan = (t: Team, agent: string, ...files: string[]): unknown =>
    t.say(agent, { type: 'intent', files, text: 'plan' });

  it('is one record that names the agents, whoever came first', () => {
    const t = team('feat-api', 'feat-api-v2', 'other');
    plan(t, 'other', 'docs');
    plan(t, 'feat-api-v2', 'src/a.ts', 'src/b.ts');
    plan(t, 'feat-api', 'src/b.ts');
    expect(found(t, 'conflict_event')).toMatchObject([
      {
        title: 'feat-api and feat-api-v2: conflict over src/b.ts',
        body: { agents: ['feat-api', 'feat-api-v2'], shapes: ['forward'], paths: ['src/b.ts'] },
        count: 1,
      },
    ]);
    const told = [...t.state.messages.values()].filter(({ type }) => type === 'agent.learning');
    expect(told).toMatchObject([{ to: ['supervisor'] }]);
  });

  it('is counted once more when it is over and comes back, and not while it lasts', () => {
    const t = team('x', 'y');
    plan(t, 'x', 'src/a.ts');
    plan(t, 'y', 'src/a.ts');
    plan(t, 'y', 'src/a.ts');
    t.say('y', { type: 'status', status: 'done' });
    expect(found(t, 'conflict_event')).toMatchObject([{ count: 1 }]);
    plan(t, 'y', 'src/a.ts');
    expect(found(t, 'conflict_event')).toMatchObject([{ count: 2 }]);
  });

  it('of many files in one decision is one record', () => {
    const t = team('x', 'y');
    const conflict = (path: string): void =>
      t.run((tx) => {
        for (const name of ['1', '2', '3', '4'])
          tx.emit({
            kind: 'conflict',
            conflict: {
              id: path + name,
              shape: 'in-flight',
              paths: [path + name],
              agents: ['y', 'supervisor', 'x'],
              detected_at: '',
              basis: '',
              state: 'open',
            },
          });
      });
    conflict('src/');
    expect(found(t, 'conflict_event')).toMatchObject([
      { title: 'x and y: conflict over src/1, src/2, src/3 and 1 more', body: { agents: ['x', 'y'] } },
    ]);
  });
});

describe('claim_contention', () => {
  it('is recorded when a path is waited for the third time, and grows from then on', () => {
    const t = team('a', 'b', 'c', 'd', 'e');
    take(t, 'a', { targets: [{ path: 'src/a.ts' }] });
    wait(t, 'src/a.ts', 'b', 'c');
    expect(found(t, 'claim_contention')).toEqual([]);
    // Its call has ended, and it finds its place again.
    wait(t, 'src/a.ts', 'b');
    expect(found(t, 'claim_contention')).toMatchObject([
      { title: 'src/a.ts: waited for 3 times', body: { paths: ['src/a.ts'], waits: 3 }, count: 1 },
    ]);
    t.restart();
    t.pass(7200);
    take(t, 'a', { targets: [{ path: 'src/a.ts' }] });
    wait(t, 'src/a.ts', 'e');
    expect(found(t, 'claim_contention')).toMatchObject([
      { title: 'src/a.ts: waited for 4 times', body: { waits: 4 }, count: 2 },
    ]);
  });

  it('counts only what is really held, and refusals without waiting not at all', () => {
    const t = team('a', 'b', 'c', 'd');
    take(t, 'a', { targets: [{ path: 'src/a.ts' }] });
    for (const agent of ['b', 'c', 'd'])
      take(t, agent, { targets: [{ path: 'src/a.ts' }, { path: `docs/${agent}` }, { path: 'docs/all' }], queue: true });
    for (let index = 0; index < 5; index += 1) take(t, 'b', { targets: [{ path: 'src/a.ts' }] });
    expect(found(t, 'claim_contention').map(({ title }) => title)).toEqual(['src/a.ts: waited for 3 times']);
    expect([...t.state.contention]).toEqual([['src/a.ts', 3]]);
  });
});

it('what is waited for is counted for ten thousand paths; the one counted longest makes room', () => {
  const t = team();
  const paths = Array.from({ length: 10_000 }, (_, index) => `f${index}`);
  t.run((tx) => tx.emit({ kind: 'contended', paths }));
  t.run((tx) => tx.emit({ kind: 'contended', paths: ['f0'] }));
  expect([t.state.contention.size, t.state.contention.get('f0')]).toEqual([10_000, 2]);
  t.run((tx) => tx.emit({ kind: 'contended', paths: ['one more'] }));
  expect([...t.state.contention.keys()]).toEqual([...paths.slice(1), 'one more']);
});

describe('lost_work', () => {
  it('is what was reclaimed from an agent that vanished, in one record', () => {
    const t = team('x', 'y');
    take(t, 'x', { targets: [{ path: 'src/a.ts' }, { path: 'src/b.ts' }], names: ['build'] });
    t.leave('session-of-x', false);
    t.pass(121);
    expect(found(t, 'lost_work')).toMatchObject([
      {
        title: 'x: vanished while it held src/a.ts, src/b.ts, build',
        body: { agent: 'x', paths: ['src/a.ts', 'src/b.ts'], names: ['build'] },
        branch_id: 'x',
      },
    ]);
  });

  it('names fifty paths, and counts the others', () => {
    const t = team('x');
    take(t, 'x', { targets: Array.from({ length: 51 }, (_, index) => ({ path: `f${index}` })) });
    t.leave('session-of-x', false);
    t.pass(121);
    expect(found(t, 'lost_work')).toMatchObject([
      { title: 'x: vanished while it held f0, f1, f2, f3, f4 and 46 more', body: { paths: { length: 50 }, more: 1 } },
    ]);
  });

  it('is not what was released, or has run out', () => {
    const t = team('x', 'y');
    take(t, 'x', { targets: [{ path: 'src/a.ts' }] });
    free(t, 'x');
    take(t, 'y', { targets: [{ path: 'src/b.ts' }], ttl_seconds: 30 });
    t.pass(31);
    expect(t.state.claims.size).toBe(0);
    expect(t.state.learnings.size).toBe(0);
  });
});

it('a replay gives the same learnings, counts and news', () => {
  const t = team('x', 'y', 'z');
  take(t, 'x', { targets: [{ path: 'a' }] });
  wait(t, 'a', 'y', 'z');
  free(t, 'y');
  wait(t, 'a', 'y');
  t.say('z', { type: 'blocked', to: ['x'], text: 'it' });
  t.leave('session-of-x', false);
  t.pass(121);
  t.run(keepOpenBlocks);
  t.run((tx) => tx.emit({ kind: 'filed', ids: [...t.state.unfiled].slice(0, 1) }));
  expect(t.state.learnings.size).toBe(3);
  expect(JSON.parse(JSON.stringify(t.replayed()))).toEqual(JSON.parse(JSON.stringify(toSnapshot(t.state))));
});
