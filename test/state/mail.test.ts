import { describe, expect, it } from 'vitest';
import { takeBackCall } from '../../src/state/messages/mail.ts';
import { endSessions } from '../../src/state/roster/sessions.ts';
import { Team } from './team.ts';

/** A team in which `reader` has unread notes with these texts. */
function withNotes(...texts: string[]): Team {
  const team = new Team();
  team.join('writer', 'reader');
  for (const text of texts) team.say('writer', { type: 'note', to: ['reader'], text });
  return team;
}

function seqs(answer: { messages: { seq: number }[] }): number[] {
  return answer.messages.map((message) => message.seq);
}

describe('poll', () => {
  it('hands out unread mail, urgent first, then oldest', () => {
    const team = withNotes('one', 'two');
    team.say('writer', { type: 'note', to: ['reader'], text: 'now', urgent: true });
    const answer = team.poll('reader');
    expect(seqs(answer)).toEqual([5, 3, 4]);
    expect(answer).toMatchObject({ unread: 0, cursor: 5 });
    expect(answer.messages[0]).toEqual({
      seq: 5,
      type: 'agent.note',
      from: 'writer',
      payload: { text: 'now' },
      urgent: true,
    });
  });

  it('never hands a message to a living session twice', () => {
    const team = withNotes('one');
    expect(seqs(team.poll('reader'))).toEqual([3]);
    expect(seqs(team.poll('reader'))).toEqual([]);
  });

  it('hands it out again when the session ends before its next request', () => {
    const team = withNotes('one');
    team.poll('reader');
    team.run((tx) => endSessions(tx, ['session-of-reader']));
    team.hello({ branch: 'reader', session: 'the-next-session' });
    expect(seqs(team.poll('reader', {}, 'the-next-session'))).toEqual([3]);
  });

  it('counts what was acknowledged as read', () => {
    const team = withNotes('one');
    team.read('reader');
    team.run((tx) => endSessions(tx, ['session-of-reader']));
    expect(seqs(team.poll('reader', {}, 'the-next-session'))).toEqual([]);
  });

  it('gives a retried call the same batch, and a cancelled one nothing', () => {
    const team = withNotes('one', 'two');
    const first = team.poll('reader', { limit: 1, call: 'call-1' });
    team.restart();
    expect(team.poll('reader', { limit: 1, call: 'call-1' })).toEqual(first);
    team.run((tx) => takeBackCall(tx, 'session-of-reader', 'call-1'));
    expect(seqs(team.poll('reader', { call: 'call-2' }))).toEqual([3, 4]);
  });

  it('re-reads by seq from `since`, and moves nothing', () => {
    const team = withNotes('one', 'two', 'three');
    team.read('reader');
    expect(team.poll('reader', { since: 0 })).toMatchObject({ cursor: 5, unread: 0 });
    expect(seqs(team.poll('reader', { since: 0 }))).toEqual([3, 4, 5]);
    expect(seqs(team.poll('reader', { since: 4 }))).toEqual([5]);
    expect(team.poll('reader', { since: 5 })).toEqual({ messages: [], unread: 0, cursor: 5 });
    expect(team.poll('reader', { since: 99 })).toEqual({ messages: [], unread: 0, cursor: 5, reset: true });
  });

  it('never moves the cursor back, nor past what was not delivered', () => {
    const team = withNotes('one', 'two');
    team.say('writer', { type: 'note', to: ['reader'], text: 'now', urgent: true });
    expect(team.poll('reader', { limit: 1 })).toMatchObject({ cursor: 0, unread: 2 });
    expect(team.poll('reader', { limit: 1 }).cursor).toBe(3);
    expect(team.poll('reader').cursor).toBe(5);
    expect(team.poll('reader').cursor).toBe(5);
  });

  it('holds a batch to 16 KB, and a text to 4 KB of it', () => {
    const long = 'x'.repeat(5000);
    const team = withNotes(long, long, long, long, long, long);
    const answer = team.poll('reader');
    expect(answer.messages).toHaveLength(3);
    expect(answer.unread).toBe(3);
    expect(answer.messages[0]).toMatchObject({ truncated: true, payload: { text: 'x'.repeat(4096) } });
    const whole = team.poll('reader', { since: 2, limit: 1 });
    expect(whole.messages[0]?.payload).toEqual({ text: long });
    expect(whole.messages[0]).not.toHaveProperty('truncated');
  });

  it('tells how many messages retention took away unread, once', () => {
    const team = new Team({ retention: { messages: 10, bytes: 1e9, days: 14 } });
    team.join('writer', 'reader');
    for (let index = 0; index < 300; index += 1) team.say('writer', { type: 'artifact' });
    const { missed } = team.poll('reader');
    expect(missed).toBeGreaterThan(0);
    expect((missed ?? 0) + [...team.state.messages.values()].filter((m) => m.to.includes('reader')).length).toBe(300);
    expect(team.poll('reader')).not.toHaveProperty('missed');
  });
});

describe('retention', () => {
  it('keeps unread direct messages, and lets go of what was read', () => {
    const team = new Team({ retention: { messages: 10, bytes: 1e9, days: 14 } });
    team.join('writer', 'reader', 'other');
    const kept = team.say('writer', { type: 'note', to: ['reader'], text: 'unread' });
    const gone = team.say('writer', { type: 'note', to: ['other'], text: 'read' });
    team.read('other');
    for (let index = 0; index < 300; index += 1) team.say('writer', { type: 'status', status: 'working' });
    expect(team.state.messages.has(kept.seq)).toBe(true);
    expect(team.state.messages.has(gone.seq)).toBe(false);
    expect(team.state.messages.size).toBeLessThanOrEqual(11);
  });

  it('bounds bytes and days too, and counts bytes right', () => {
    const team = new Team({ retention: { messages: 1000, bytes: 50_000, days: 1 } });
    team.join('writer');
    for (let index = 0; index < 100; index += 1)
      team.say('writer', { type: 'status', status: 'idle', text: 'é'.repeat(500) });
    expect(team.state.messageBytes).toBeLessThanOrEqual(51_000);
    const counted = [...team.state.messages.values()].reduce(
      (sum, message) => sum + Buffer.byteLength(JSON.stringify(message)),
      0,
    );
    expect(team.state.messageBytes).toBe(counted);
    team.pass(2 * 86_400);
    expect(team.state.messages.size).toBe(0);
    expect(team.state.messageBytes).toBe(0);
  });
});
