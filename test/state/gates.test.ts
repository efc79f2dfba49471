import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/state/config.ts';
import { type GateVerdict, gateEnded, gateSkipped } from '../../src/state/supervision/gates.ts';
import { sawMove } from '../../src/state/supervision/sightings.ts';
import { crew } from './crew.ts';
import { Team } from './team.ts';

const A = '/repo/a';
const X = 'a'.repeat(40);
const Y = 'b'.repeat(40);
const PASSED: GateVerdict = { passed: true, how: 'exit code 0', output: 'all good\n' };
const FAILED: GateVerdict = { passed: false, how: 'exit code 1', output: '1 test failed\n\n  at x.ts:3\r\n' };

/** Agents `a` and `b`, a supervisor, and a gate. */
function team(verify: Partial<Config['verify']> = {}): Team {
  const made = new Team({ verify: { nudge: true, remindSeconds: 300, review: false, gate: true, ...verify } });
  made.worktrees('main', { path: A, branch: 'a', head: '0'.repeat(40) }, { path: '/repo/b', branch: 'b' });
  made.join('a', 'b');
  made.supervise();
  return made;
}

function commit(t: Team, tip = X, worktree = A): void {
  t.run((tx) => sawMove(tx, { worktree, tip, commits: [tip], files: ['x.ts'] }));
}

function end(t: Team, verdict: GateVerdict, tip = X, agent = 'a'): void {
  t.run((tx) => gateEnded(tx, agent, tip, verdict));
}

/** The last messages after the commit's own, by type and payload. */
function said(t: Team): { type: string; to: string[]; payload: unknown }[] {
  return [...t.state.messages.values()]
    .filter(({ agent_id }) => agent_id === 'coordinator')
    .map(({ type, to, payload }) => ({ type, to, payload }));
}

function pending(t: Team): [string, string][] {
  return [...t.state.gates].map(([agent, { commit: sha }]) => [agent, sha]);
}

describe('a commit', () => {
  it('waits for the gate, and the supervisor is not asked yet', () => {
    const t = team();
    commit(t);
    expect(pending(t)).toEqual([['a', X]]);
    expect(said(t)).toEqual([]);
    expect(t.row('a')?.status).toBe('committed');
  });

  it('waits over a restart', () => {
    const t = team();
    commit(t);
    t.restart();
    expect(pending(t)).toEqual([['a', X]]);
    expect(JSON.parse(JSON.stringify(t.replayed().gates))).toEqual([['a', { commit: X }]]);
  });

  it('takes the place of an older one, whose verdict is ignored, and goes to the end', () => {
    const t = team();
    commit(t, X);
    commit(t, 'c'.repeat(40), '/repo/b');
    commit(t, Y);
    expect(pending(t)).toEqual([
      ['b', 'c'.repeat(40)],
      ['a', Y],
    ]);
    end(t, FAILED, X);
    expect(said(t)).toEqual([]);
    expect(pending(t)).toHaveLength(2);
    end(t, PASSED, Y);
    expect(t.row('a')?.status).toBe('verified');
    expect(pending(t)).toEqual([['b', 'c'.repeat(40)]]);
  });

  it('on the base branch needs no gate', () => {
    const t = team();
    commit(t, X, '/repo/main');
    expect(pending(t)).toEqual([]);
    expect(said(t)).toEqual([]);
  });

  it('is asked about at once where there is no gate, also one that waited when the gate was taken away', () => {
    const t = team();
    commit(t, X);
    t.config.verify.gate = false;
    commit(t, Y);
    expect(pending(t)).toEqual([]);
    expect(said(t)).toMatchObject([{ type: 'supervisor.verify-now', payload: { commit: Y } }]);
    end(t, PASSED, X);
    expect(said(t)).toHaveLength(1);
  });

  it('makes an older request void', () => {
    const t = team({ gate: false });
    commit(t, X);
    t.config.verify.gate = true;
    commit(t, Y);
    t.pass(301);
    expect(said(t)).toHaveLength(1);
  });

  it('is forgotten with its agent', () => {
    const t = team();
    commit(t);
    t.worktrees('main', { path: '/repo/b', branch: 'b' });
    expect(pending(t)).toEqual([]);
    const { seq } = t.state;
    end(t, FAILED);
    expect(t.state.seq).toBe(seq);
    expect(t.state.inboxes.has('a')).toBe(false);
  });
});

describe('a gate that passes', () => {
  it('verifies the commit, tells everybody, and asks nobody to do so', () => {
    const t = team();
    commit(t);
    end(t, PASSED);
    expect(said(t)).toEqual([
      {
        type: 'agent.verified',
        to: ['a', 'b', 'main', 'supervisor'],
        payload: { verified_by: 'coordinator', commit: X, branch_id: 'a', message: 'The gate passed.' },
      },
      { type: 'supervisor.verify-now', to: ['supervisor'], payload: { branch_id: 'a', commit: X, gate: 'passed' } },
    ]);
    expect(t.row('a')?.status).toBe('verified');
    t.pass(10_000);
    expect(said(t).filter(({ type }) => type === 'supervisor.verify-now')).toHaveLength(1);
  });

  it('leaves the request open if a review is wanted', () => {
    const t = team({ review: true });
    commit(t);
    end(t, PASSED);
    t.pass(301);
    const requests = said(t).filter(({ type }) => type === 'supervisor.verify-now');
    const payload = { branch_id: 'a', commit: X, gate: 'passed' };
    expect(requests.map((request) => request.payload)).toEqual([payload, payload]);
    t.say('supervisor', { type: 'verified', to: ['a'] });
    t.pass(10_000);
    expect(said(t).filter(({ type }) => type === 'supervisor.verify-now')).toHaveLength(2);
  });

  it('asks for no review of what the supervisor has verified meanwhile', () => {
    const t = team({ review: true });
    commit(t);
    t.say('supervisor', { type: 'verified', to: ['a'], commit: X });
    end(t, PASSED);
    expect(said(t).map(({ type }) => type)).toEqual(['agent.verified']);
  });

  it('says nothing to the supervisor where nudges are off, and verifies all the same', () => {
    const t = team({ nudge: false });
    commit(t);
    end(t, PASSED);
    expect(said(t).map(({ type }) => type)).toEqual(['agent.verified']);
    expect(t.row('a')?.status).toBe('verified');
  });
});

describe('a gate that fails', () => {
  it('sends the commit back with the end of its output; that answers the request', () => {
    const t = team();
    commit(t);
    end(t, FAILED);
    expect(said(t)).toEqual([
      { type: 'supervisor.verify-now', to: ['supervisor'], payload: { branch_id: 'a', commit: X, gate: 'failed' } },
      {
        type: 'agent.feedback',
        to: ['a'],
        payload: {
          errors: [
            'The gate failed at commit aaaaaaaaaaaa: exit code 1. Its last output:',
            '1 test failed',
            '  at x.ts:3',
          ],
        },
      },
    ]);
    expect(t.row('a')?.status).toBe('committed');
    expect(t.state.agents.get('a')?.feedbacks).toBe(1);
    t.pass(10_000);
    expect(said(t).filter(({ type }) => type === 'supervisor.verify-now')).toHaveLength(1);
  });

  it('without output says so', () => {
    const t = team();
    commit(t);
    end(t, { passed: false, how: 'no end within 900 s', output: '\n' });
    expect(said(t).at(-1)?.payload).toEqual({
      errors: ['The gate failed at commit aaaaaaaaaaaa: no end within 900 s, without any output.'],
    });
  });

  it('counts as a recovery cycle', () => {
    const t = team();
    commit(t, X);
    end(t, FAILED, X);
    commit(t, Y);
    end(t, PASSED, Y);
    expect([...t.state.learnings.values()]).toMatchObject([{ category: 'recovery_cycles', body: { cycles: 1 } }]);
  });
});

describe('the latest word decides', () => {
  it('the gate after the supervisor', () => {
    const t = team();
    commit(t);
    t.say('supervisor', { type: 'verified', to: ['a'], commit: X });
    expect(t.row('a')?.status).toBe('verified');
    end(t, FAILED);
    expect(t.row('a')?.status).toBe('committed');
  });

  it('the supervisor after the gate', () => {
    const t = team();
    commit(t);
    end(t, PASSED);
    t.say('supervisor', { type: 'feedback', to: ['a'], text: ['not like this'] });
    expect(t.row('a')?.status).toBe('committed');
    t.say('supervisor', { type: 'verified', to: ['a'], commit: X });
    expect(t.row('a')?.status).toBe('verified');
  });

  it('a supervisor that was quicker than the watcher does not keep the gate from its work', () => {
    const t = team();
    t.worktrees('main', { path: A, branch: 'a', head: X });
    t.say('supervisor', { type: 'verified', to: ['a'], commit: X });
    commit(t);
    expect(t.row('a')?.status).toBe('verified');
    expect(pending(t)).toEqual([['a', X]]);
    end(t, FAILED);
    expect(t.row('a')?.status).toBe('committed');
  });
});

describe('a gate that cannot be run', () => {
  it('leaves the commit to the supervisor, who is told why', () => {
    const t = team();
    commit(t);
    t.run((tx) => gateSkipped(tx, 'a', X, 'The disk is full.'));
    expect(said(t)).toEqual([
      {
        type: 'agent.note',
        to: ['supervisor'],
        payload: {
          text: 'The gate could not be run at commit aaaaaaaaaaaa of a. The disk is full. This commit is for you to verify.',
        },
      },
      { type: 'supervisor.verify-now', to: ['supervisor'], payload: { branch_id: 'a', commit: X } },
    ]);
    expect(pending(t)).toEqual([]);
    t.pass(301);
    expect(said(t)).toHaveLength(3);
  });

  it('asks nobody to verify what the supervisor has verified meanwhile', () => {
    const t = team();
    commit(t);
    t.say('supervisor', { type: 'verified', to: ['a'], commit: X });
    t.run((tx) => gateSkipped(tx, 'a', X));
    expect([said(t), pending(t)]).toEqual([[], []]);
  });

  it('says nothing of a commit that is not the newest any more', () => {
    const t = team();
    commit(t, X);
    commit(t, Y);
    t.run((tx) => gateSkipped(tx, 'a', X, 'The disk is full.'));
    expect(said(t)).toEqual([]);
    expect(pending(t)).toEqual([['a', Y]]);
  });
});

it('tells a failure to whoever holds what it sends back, too', () => {
  const t = crew('a');
  t.config.verify.gate = true;
  t.hello({ agent: 'custom', branch: 'a', worktree: A, session: 'session-of-custom' });
  t.add('x');
  t.claim('custom', { next: true });
  t.commit('a', X);
  end(t, FAILED);
  expect(said(t).filter(({ type }) => type === 'agent.feedback')).toMatchObject([{ to: ['a', 'custom'] }]);
  expect(t.item('w1').stage).toBe('current');
});
