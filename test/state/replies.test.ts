import { describe, expect, it } from 'vitest';
import { claim } from '../../src/state/claims/claims.ts';
import { Team } from './team.ts';
import { claimRequest } from './world.ts';

const TIP = 'a'.repeat(40);

/** `a`, `b` and `c` at work, and a supervisor. */
function team(): Team {
  const t = new Team();
  t.worktrees('main', ...['a', 'b', 'c'].map((branch) => ({ path: `/repo/${branch}`, branch, head: TIP })));
  t.join('a', 'b', 'c');
  t.supervise();
  return t;
}

describe('re', () => {
  it.each([
    ['blocked', { to: ['b'] }],
    ['question', { to: ['b'] }],
    ['note', { to: ['b'] }],
    ['feedback', { to: ['b'] }],
    ['answer', { to: ['b'] }],
  ])('of a %s has to be a message there is, and is a link to it', (type, to) => {
    const t = team();
    const text = type === 'feedback' ? ['more'] : 'more';
    const first = t.say('b', { type: 'note', to: ['a'], text: 'first' }).seq;
    const records = t.records.length;
    expect(() => t.say('a', { type, ...to, text, re: first + 1 })).toThrow(/there is no message 5; the newest is 4/);
    expect(t.records).toHaveLength(records);
    const { seq } = t.say('a', { type, ...to, text, re: first });
    expect(t.state.messages.get(seq)).toMatchObject({ re: first, to: ['b'] });
    expect(t.poll('b').messages).toMatchObject([{ seq, re: first }]);
  });

  it('of a message that is no longer kept is refused', () => {
    const t = team();
    const { seq } = t.say('b', { type: 'note', to: ['a'], text: 'first' });
    t.run((tx) => tx.emit({ kind: 'retired', seqs: [seq] }));
    expect(() => t.say('a', { type: 'note', to: ['b'], text: 'x', re: seq })).toThrow(/no longer kept/);
  });

  it('alone sends the reply to whoever wrote it, and for a request to verify to the agent it is about', () => {
    const t = team();
    const note = t.say('b', { type: 'note', to: ['a'], text: 'look' }).seq;
    expect(t.say('a', { type: 'note', re: note, text: 'seen' }).to).toEqual(['b']);
    const asked = t.run((tx) =>
      tx.send({
        type: 'supervisor.verify-now',
        from: 'coordinator',
        to: ['supervisor'],
        payload: { branch_id: 'b', commit: TIP },
      }),
    );
    expect(t.say('supervisor', { type: 'feedback', re: asked, text: ['no'] }).to).toEqual(['b']);
    expect(t.say('supervisor', { type: 'verified', re: asked })).toMatchObject({ commit: TIP });
    expect(t.row('b')?.status).toBe('verified');
  });

  it('to one’s own message, or to one of the coordinator’s, needs somebody to go to', () => {
    const t = team();
    const own = t.say('a', { type: 'note', to: ['b'], text: 'look' }).seq;
    expect(() => t.say('a', { type: 'note', re: own, text: 'more' })).toThrow(/re: that is you/);
    const note = t.run((tx) =>
      tx.send({ type: 'agent.note', from: 'coordinator', to: ['a'], payload: { text: 'hello' } }),
    );
    expect(() => t.say('a', { type: 'note', re: note, text: 'thanks' })).toThrow(
      /message 5 is from the coordinator, which takes no mail, .*Give "to"/,
    );
    expect(t.say('a', { type: 'note', re: note, to: ['b'], text: 'look' }).to).toEqual(['b']);
  });
});

describe('a reply to a message of the coordinator', () => {
  const tell = (t: Team, type: 'coordinator.claim' | 'coordinator.stall', detail: object): number => {
    const payload = { event: 'wanted', agent: 'gone', shape: 'silent', text: 'look', ...detail } as const;
    return t.run((tx) => tx.send({ type, from: 'coordinator', to: ['a'], payload }));
  };

  it.each([
    ['who wants a claim', { by: 'b' }],
    ['with whom there is a conflict', { with: 'b', agents: ['a', 'b'] }],
    ['who has stalled', { agent: 'b' }],
    ['of others than those who have left', { agents: ['b', 'nobody'] }],
  ])('goes to the one other agent that it names: %s', (_, detail) => {
    const t = team();
    const re = tell(t, 'coordinator.claim', detail);
    const { seq, to } = t.say('a', { type: 'note', re, text: 'in a minute' });
    expect(to).toEqual(['b']);
    expect(t.state.messages.get(seq)).toMatchObject({ re, to: ['b'] });
  });

  it.each([
    ['several', { agents: ['a', 'b', 'c'] }],
    ['nobody else', { by: 'a' }],
    ['nobody', {}],
  ])('needs somebody to go to where it names %s', (_, detail) => {
    const t = team();
    const re = tell(t, 'coordinator.stall', detail);
    const { seq } = t.state;
    expect(() => t.say('a', { type: 'note', re, text: 'in a minute' })).toThrow(/the coordinator, which takes no mail/);
    expect(t.state.seq).toBe(seq);
    expect(t.say('a', { type: 'note', re, to: ['c'], text: 'in a minute' }).to).toEqual(['c']);
  });
});

describe('an answer', () => {
  it('to several closes nothing by itself', () => {
    const t = team();
    for (const agent of ['a', 'b']) t.say(agent, { type: 'question', to: ['c'], text: 'which?' });
    t.say('c', { type: 'answer', to: ['a', 'b'], text: 'the first' });
    expect([...t.state.openings.values()].map(({ from }) => from)).toEqual(['a', 'b']);
    t.say('c', { type: 'answer', to: ['a'], text: 'the first' });
    expect([...t.state.openings.values()].map(({ from }) => from)).toEqual(['b']);
  });

  it.each(['human', 'supervisor'])('by %s closes what others were asked', (judge) => {
    const t = team();
    const { seq } = t.say('a', { type: 'question', to: ['c'], text: 'which?' });
    t.say('b', { type: 'answer', re: seq, text: 'no idea' });
    expect(t.state.openings.size).toBe(1);
    t.say(judge, { type: 'answer', re: seq, text: 'the first' });
    expect(t.state.openings.size).toBe(0);
  });
});

describe('a verdict', () => {
  it('is about one agent', () => {
    const t = team();
    const records = t.records.length;
    expect(() => t.say('supervisor', { type: 'verified', to: ['a', 'b'], commit: TIP })).toThrow(/one agent/);
    expect(t.records).toHaveLength(records);
    // Two names of one agent are one.
    expect(t.say('supervisor', { type: 'verified', to: ['a', 'a'], commit: TIP }).commit).toBe(TIP);
  });

  it('goes on with the words that were said', () => {
    const t = team();
    const payload = (seq: number): unknown => t.state.messages.get(seq)?.payload;
    const verified = t.say('supervisor', { type: 'verified', to: ['a'], commit: TIP, text: 'well done' });
    expect(payload(verified.seq)).toEqual({
      verified_by: 'supervisor',
      commit: TIP,
      branch_id: 'a',
      message: 'well done',
    });
    const merged = t.say('supervisor', { type: 'advanced-main', merged_branch: 'a', commit: TIP, text: 'all of it' });
    expect(payload(merged.seq)).toMatchObject({ merged_branch: 'a', summary: 'all of it' });
    const silent = t.say('supervisor', { type: 'advanced-main', merged_branch: 'a', commit: TIP });
    expect(payload(silent.seq)).not.toHaveProperty('summary');
  });
});

describe('an artifact', () => {
  it('that is not done keeps claims and plan; done ends both', () => {
    const t = team();
    t.say('a', { type: 'intent', files: ['src'], text: 'the parser' });
    t.run((tx) => claim(tx, 'a', claimRequest(['src'])));
    const part = t.say('a', { type: 'artifact', status: 'draft', text: 'half of it', exports: ['parse'] });
    expect(part).not.toHaveProperty('released');
    expect([t.state.claims.size, t.state.intents.size, t.row('a')?.status]).toEqual([1, 1, 'draft']);
    expect(t.state.messages.get(part.seq)?.payload).toEqual({
      status: 'draft',
      message: 'half of it',
      exports: ['parse'],
      modified_files: [],
    });
    expect(t.say('a', { type: 'artifact' }).released).toEqual(['src']);
    expect([t.state.claims.size, t.state.intents.size]).toEqual([0, 0]);
  });
});
