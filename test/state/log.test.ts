import { describe, expect, it } from 'vitest';
import { inboxRequestSchema, logRequestSchema } from '../../src/protocol/requests.ts';
import { inbox, log } from '../../src/state/messages/log.ts';
import { acknowledge } from '../../src/state/messages/mail.ts';
import { toSnapshot } from '../../src/state/state.ts';
import { Team } from './team.ts';

/** Five messages between `ann`, the agent of `feat/bob`, and others. */
function team(): Team {
  const t = new Team();
  t.worktrees('main', 'ann', 'feat/bob');
  t.join('ann');
  t.say('ann', { type: 'note', to: ['feat/bob'], text: 'two' });
  t.say('feat-bob', { type: 'question', to: ['ann'], text: 'three?' });
  t.say('feat-bob', { type: 'note', to: ['human'], text: 'four' });
  t.say('ann', { type: 'status', status: 'idle' });
  return t;
}

function page(t: Team, request: object): number[] {
  return log(t.state, logRequestSchema.parse(request)).messages.map(({ seq }) => seq);
}

function mailbox(t: Team, you: string, request: object = {}): ReturnType<typeof inbox> {
  return inbox(t.state, you, inboxRequestSchema.parse(request));
}

describe('the log', () => {
  it('shows the newest messages, oldest first and whole', () => {
    const t = team();
    const { messages, last } = log(t.state, logRequestSchema.parse({ limit: 2 }));
    expect(messages).toEqual([t.state.messages.get(4), t.state.messages.get(5)]);
    expect(last).toBe(5);
  });

  it('goes on after a number, up to the limit', () => {
    const t = team();
    expect(page(t, { since: 0, limit: 3 })).toEqual([1, 2, 3]);
    expect(page(t, { since: 3 })).toEqual([4, 5]);
    expect(page(t, { since: 5 })).toEqual([]);
    expect(page(t, { since: 99 })).toEqual([]);
  });

  it('shows one type, or what one agent sent and got, by any of its names', () => {
    const t = team();
    expect(page(t, { type: 'note' })).toEqual([2, 4]);
    expect(page(t, { agent: 'feat/bob' })).toEqual([2, 3, 4]);
    expect(page(t, { agent: 'human' })).toEqual([4]);
    expect(page(t, { agent: 'feat-bob', type: 'note', since: 2 })).toEqual([4]);
    expect(() => page(t, { agent: 'nobody' })).toThrow(/No agent "nobody"/);
  });

  it('looks past what does not fit until the page is full', () => {
    const t = team();
    expect(page(t, { type: 'note', limit: 2, since: 0 })).toEqual([2, 4]);
    expect(page(t, { type: 'status', limit: 2 })).toEqual([1, 5]);
  });

  it('begins with what is still kept', () => {
    const t = team();
    t.run((tx) => tx.emit({ kind: 'retired', seqs: [1, 3] }));
    expect(page(t, { since: 0 })).toEqual([2, 4, 5]);
    expect(page(t, {})).toEqual([2, 4, 5]);
    t.run((tx) => tx.emit({ kind: 'retired', seqs: [2, 4, 5] }));
    expect(log(t.state, logRequestSchema.parse({}))).toEqual({ messages: [], last: 5 });
  });
});

describe('a mailbox', () => {
  it('tells of each message whether it is unread, delivered or read', () => {
    const t = team();
    t.say('ann', { type: 'note', to: ['feat-bob'], text: 'six' });
    t.say('ann', { type: 'note', to: ['feat-bob'], text: 'seven', urgent: true });
    t.say('ann', { type: 'note', to: ['feat-bob'], text: 'eight', urgent: true });
    const { batch = 0 } = t.poll('feat-bob', { limit: 1 });
    t.run((tx) => acknowledge(tx, 'session-of-feat-bob', [batch]));
    t.poll('feat-bob', { limit: 2 });
    const { agent, unread, messages } = mailbox(t, 'feat-bob');
    expect([agent, unread]).toEqual(['feat-bob', 1]);
    expect(messages.map(({ seq, state }) => [seq, state])).toEqual([
      [2, 'delivered'],
      [6, 'unread'],
      [7, 'read'],
      [8, 'delivered'],
    ]);
  });

  it('has urgent messages among the unread ones', () => {
    const t = team();
    t.say('ann', { type: 'note', to: ['feat-bob'], text: 'now', urgent: true });
    expect(mailbox(t, 'feat-bob').messages.map(({ seq, state }) => [seq, state])).toEqual([
      [2, 'unread'],
      [6, 'unread'],
    ]);
    expect(mailbox(t, 'feat-bob').unread).toBe(2);
  });

  it('shows the newest messages whole, with the time they came', () => {
    const t = team();
    const text = 'x'.repeat(5000);
    t.pass(60);
    t.say('ann', { type: 'note', to: ['feat-bob'], text });
    expect(mailbox(t, 'feat-bob', { limit: 1 }).messages).toEqual([
      {
        seq: 6,
        type: 'agent.note',
        from: 'ann',
        payload: { text },
        at: '2026-03-01T10:01:00.000Z',
        state: 'unread',
      },
    ]);
  });

  it('may be that of another agent, and is empty if nothing ever came', () => {
    const t = team();
    expect(mailbox(t, 'human', { agent: 'feat/bob' })).toMatchObject({ agent: 'feat-bob', messages: [{ seq: 2 }] });
    expect(mailbox(t, 'supervisor')).toEqual({ agent: 'supervisor', messages: [], unread: 0 });
  });

  it('is looked at without a trace', () => {
    const t = team();
    const before = JSON.stringify(toSnapshot(t.state));
    mailbox(t, 'human', { agent: 'feat-bob' });
    mailbox(t, 'main');
    log(t.state, logRequestSchema.parse({}));
    expect(JSON.stringify(toSnapshot(t.state))).toBe(before);
  });
});
