import { describe, expect, it } from 'vitest';
import { BATCH_MAX_BYTES, BATCH_TEXT_MAX_BYTES } from '../../src/protocol/limits.ts';
import { acknowledge, hasMail, takeBackCall } from '../../src/state/messages/mail.ts';
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

  it('hands out no more than the limit, of the urgent and of all', () => {
    const team = withNotes('one', 'two', 'three');
    for (const text of ['now', 'at once']) team.say('writer', { type: 'note', to: ['reader'], text, urgent: true });
    expect(seqs(team.poll('reader', { limit: 1 }))).toEqual([6]);
    expect(seqs(team.poll('reader', { limit: 2 }))).toEqual([7, 3]);
    expect(team.poll('reader', { limit: 1 })).toMatchObject({ messages: [{ seq: 4 }], unread: 1 });
  });

  it('waits only where there is nothing to hand out', () => {
    const team = withNotes('one');
    expect(hasMail(team.state, 'reader')).toBe(true);
    team.poll('reader');
    expect([hasMail(team.state, 'reader'), hasMail(team.state, 'human')]).toEqual([false, false]);
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

  it('gives a retried call what it had in the same order, and nothing once that was read', () => {
    const team = withNotes('one', 'two');
    team.say('writer', { type: 'note', to: ['reader'], text: 'now', urgent: true });
    team.say('writer', { type: 'note', to: ['reader'], text: 'at once', urgent: true });
    const first = team.poll('reader', { call: 'call-1' });
    expect(seqs(first)).toEqual([5, 6, 3, 4]);
    expect(team.poll('reader', { call: 'call-1' })).toEqual(first);
    expect(seqs(team.poll('reader', { call: 'call-1' }, 'another-session'))).toEqual([]);
    team.run((tx) => acknowledge(tx, 'session-of-reader', [first.batch ?? 0]));
    expect(team.poll('reader', { call: 'call-1' })).toEqual({ messages: [], unread: 0, cursor: 6 });
    expect(team.poll('human', { call: 'call-1' })).toEqual({ messages: [], unread: 0, cursor: 0 });
  });

  it('acknowledges the batch that is named, and no other', () => {
    const team = withNotes('one', 'two');
    const first = team.poll('reader', { limit: 1 });
    team.poll('reader', { limit: 1 });
    team.run((tx) => acknowledge(tx, 'session-of-reader', [first.batch ?? 0]));
    team.run((tx) => acknowledge(tx, 'another-session', [(first.batch ?? 0) + 1]));
    team.run((tx) => endSessions(tx, ['session-of-reader']));
    expect(seqs(team.poll('reader', {}, 'the-next-session'))).toEqual([4]);
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

  it('does not move the cursor back when what was delivered is unread again', () => {
    const team = withNotes('one', 'two', 'three');
    expect(team.poll('reader').cursor).toBe(5);
    team.run((tx) => endSessions(tx, ['session-of-reader']));
    expect(team.poll('reader', { limit: 1 }, 'the-next-session')).toMatchObject({ unread: 2, cursor: 5 });
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

  it('fills a batch to the last byte, and leaves a text of just 4 KB whole', () => {
    const bytes = (list: object[]): number => Buffer.byteLength(JSON.stringify(list));
    const room = BATCH_MAX_BYTES - bytes(withNotes('x', 'x', 'x', 'x').poll('reader').messages) + 4;
    const quarter = 'ü'.repeat(Math.floor(room / 4 / 2));
    const rest = 'x'.repeat(room % 8);
    const team = withNotes(quarter, quarter, quarter, quarter + rest, quarter);
    const { messages } = team.poll('reader', { since: 0 });
    expect([messages.length, bytes(messages)]).toEqual([4, BATCH_MAX_BYTES]);
    expect(team.poll('reader').messages).toEqual(messages);
    const over = withNotes(quarter, quarter, quarter, `${quarter}${rest}x`, quarter);
    expect(over.poll('reader', { since: 0 })).toMatchObject({ messages: { length: 3 }, cursor: 5 });
    expect(over.poll('reader').messages).toHaveLength(3);
    const texts = withNotes('x'.repeat(BATCH_TEXT_MAX_BYTES), 'x'.repeat(BATCH_TEXT_MAX_BYTES + 1));
    expect(texts.poll('reader').messages.map(({ truncated }) => truncated)).toEqual([undefined, true]);
  });

  it('cuts a text between two characters, at so many bytes', () => {
    const cut = (text: string): unknown => Object(withNotes(text).poll('reader').messages[0]);
    const euros = '€'.repeat(Math.floor(BATCH_TEXT_MAX_BYTES / 3));
    expect(cut(`${euros}€`)).toMatchObject({ truncated: true, payload: { text: euros } });
    const faces = '😀'.repeat(BATCH_TEXT_MAX_BYTES / 4 - 1);
    expect(cut(`${faces}xxx😀`)).toMatchObject({ truncated: true, payload: { text: `${faces}xxx` } });
    expect(cut(`${faces}😀`)).not.toHaveProperty('truncated');
  });

  it('cuts a long list where it gets too long, and gives it whole to whoever asks for it alone', () => {
    const team = withNotes();
    const errors = ['x'.repeat(3000), 'y'.repeat(3000), 'z'];
    const { seq } = team.say('writer', { type: 'feedback', to: ['reader'], text: errors });
    const left = BATCH_TEXT_MAX_BYTES - JSON.stringify(errors[0]).length;
    expect(team.poll('reader').messages).toMatchObject([
      { truncated: true, payload: { errors: [errors[0], 'y'.repeat(left)] } },
    ]);
    expect(team.poll('reader', { since: seq - 1, limit: 1 }).messages[0]?.payload).toEqual({ errors });
    const files = Array.from({ length: 200 }, (_, index) => ({ path: `src/part-of-it/file-${index}.ts` }));
    team.say('writer', { type: 'intent', files, text: 'all of it' });
    const [intent] = team.poll('reader').messages;
    const { files: kept, summary } = Object(intent?.payload);
    expect([intent?.truncated, summary]).toEqual([true, 'all of it']);
    expect(kept).toEqual(files.slice(0, kept.length));
    const chars = (list: object[]): number => list.reduce((sum, file) => sum + JSON.stringify(file).length, 0);
    expect(chars(kept.slice(0, -1))).toBeLessThan(BATCH_TEXT_MAX_BYTES);
    expect(chars(kept)).toBeGreaterThanOrEqual(BATCH_TEXT_MAX_BYTES);
  });

  it('leaves a list that is not too long whole, and ends one where a text fills it', () => {
    const team = withNotes();
    const list = (...errors: string[]): { truncated?: boolean; payload: object } | undefined => {
      team.say('writer', { type: 'feedback', to: ['reader'], text: errors });
      return team.poll('reader').messages[0];
    };
    const rest = JSON.stringify(['', 'y']).length;
    expect(list('x'.repeat(BATCH_TEXT_MAX_BYTES - rest), 'y')).not.toHaveProperty('truncated');
    expect(list('x'.repeat(BATCH_TEXT_MAX_BYTES - rest + 1), 'y')).toMatchObject({ truncated: true });
    const whole = 'x'.repeat(BATCH_TEXT_MAX_BYTES - JSON.stringify('').length);
    expect(list(whole, 'y')).toMatchObject({ truncated: true, payload: { errors: [whole] } });
  });

  it('holds the first message though it alone is more than a batch', () => {
    const team = withNotes();
    // A quotation mark is two bytes of JSON.
    const text = '"'.repeat(BATCH_TEXT_MAX_BYTES);
    const { seq } = team.say('writer', { type: 'artifact', text, status: text });
    team.say('writer', { type: 'note', to: ['reader'], text: 'short' });
    expect(seqs(team.poll('reader', { since: seq - 1 }))).toEqual([seq]);
    const { messages, unread } = team.poll('reader');
    expect([messages.length, unread]).toEqual([1, 1]);
    expect(Buffer.byteLength(JSON.stringify(messages))).toBeGreaterThan(BATCH_MAX_BYTES);
    expect(seqs(team.poll('reader'))).toEqual([seq + 1]);
  });

  it('leaves no trace where there is nothing to hand out', () => {
    const team = withNotes();
    const records = team.records.length;
    team.poll('reader');
    expect(team.records).toHaveLength(records);
  });

  it('of a supervisor is from its own mailbox and that of the role, as if they were one', () => {
    const team = new Team();
    team.join('writer');
    team.supervise();
    team.hello({ role: 'supervisor', session: 'session-of-supervisor-2' });
    const note = (to: string, urgent = false): number =>
      team.say('writer', { type: 'note', to: [to], text: `for ${to}`, urgent }).seq;
    const sent = [note('supervisor'), note('supervisor-2'), note('supervisor', true), note('supervisor-2', true)];
    const broadcast = team.say('writer', { type: 'artifact' }).seq;
    const [a, b, c, d] = sent;
    expect(team.poll('supervisor-2').messages.map(({ seq }) => seq)).toEqual([c, d, a, b, broadcast]);
    expect(seqs(team.poll('supervisor'))).toEqual([broadcast]);
    expect(seqs(team.poll('supervisor-2', { since: 0 }))).toEqual([...sent, broadcast]);
  });

  it('of an agent nobody ever wrote to is empty', () => {
    const team = withNotes();
    expect(team.poll('human', { since: 1 })).toEqual({ messages: [], unread: 0, cursor: 1 });
    expect(team.poll('human')).toEqual({ messages: [], unread: 0, cursor: 0 });
  });
});

describe('mail that is handed on', () => {
  it('is not there twice for whoever has it already, and is in its place for whoever has not', () => {
    const team = withNotes();
    team.hello({ branch: 'reader', worktree: '/repo/reader', session: 'a-second-session' });
    const send = (...to: string[]): number => team.say('writer', { type: 'note', to, text: 'look' }).seq;
    const read = send('reader', 'reader-2');
    expect(team.read('reader')).toHaveLength(1);
    const [both, second, first] = [send('reader', 'reader-2'), send('reader-2'), send('reader')];
    expect(team.poll('reader-2', { since: 0 }).messages.map(({ seq }) => seq)).toEqual([read, both, second]);
    team.leave('a-second-session');
    expect(seqs(team.poll('reader'))).toEqual([both, second, first]);
  });
});
