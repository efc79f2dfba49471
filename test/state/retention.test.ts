import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { owedOf } from '../../src/state/messages/inbox.ts';
import { Team } from './team.ts';

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

  it('keeps an unread direct message however many are told to everybody after it', () => {
    const team = new Team({ retention: { messages: 10, bytes: 1e9, days: 14 } });
    team.join('writer', 'reader');
    const { seq } = team.say('writer', { type: 'note', to: ['reader'], text: 'unread' });
    for (let index = 0; index < 1500; index += 1) team.say('writer', { type: 'artifact' });
    expect(team.state.messages.has(seq)).toBe(true);
    expect(team.state.messages.size).toBeLessThanOrEqual(11);
  });

  it('keeps the newest messages although many older ones have to be kept', () => {
    const team = new Team({ retention: { messages: 10, bytes: 1e9, days: 14 } });
    team.join('writer', 'reader');
    for (let index = 0; index < 50; index += 1) team.say('writer', { type: 'note', to: ['reader'], text: `${index}` });
    const told = Array.from({ length: 10 }, () => team.say('writer', { type: 'artifact' }).seq);
    expect([...team.state.messages.keys()].slice(-10)).toEqual(told);
    expect(team.state.messages.size).toBe(60);
  });

  it.each([
    ['read', (team: Team) => team.read('reader')],
    ['given up with its mailbox', (team: Team) => team.worktrees('writer', 'other')],
  ])('lets go of what it kept once that is %s', (_how, end) => {
    const team = new Team({ retention: { messages: 10, bytes: 1e9, days: 14 } });
    team.worktrees('writer', 'reader', 'other');
    team.join('writer', 'reader', 'other');
    const { seq } = team.say('writer', { type: 'note', to: ['reader'], text: 'unread' });
    const shared = team.say('writer', { type: 'note', to: ['reader', 'other'], text: 'unread' }).seq;
    for (let index = 0; index < 30; index += 1) team.say('writer', { type: 'artifact' });
    end(team);
    for (let index = 0; index < 30; index += 1) team.say('writer', { type: 'artifact' });
    expect([seq, shared].map((kept) => team.state.messages.has(kept))).toEqual([false, true]);
    team.read('other');
    team.say('writer', { type: 'artifact' });
    expect(team.state.messages.has(shared)).toBe(false);
    expect(team.state.messages.size).toBeLessThanOrEqual(10);
  });

  it('keeps exactly the newest and what somebody has not read, over any traffic and restarts', () => {
    const names = ['a', 'b', 'c'];
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ to: fc.subarray(names, { minLength: 1 }) }) },
      { weight: 5, arbitrary: fc.record({ tell: fc.constantFrom(...names) }) },
      { weight: 3, arbitrary: fc.record({ read: fc.constantFrom(...names) }) },
      { weight: 1, arbitrary: fc.constant({ restart: true }) },
    );
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), (steps) => {
        const team = new Team({ retention: { messages: 10, bytes: 1e9, days: 14 } });
        team.join('writer', ...names);
        for (const step of steps) {
          if ('to' in step) team.say('writer', { type: 'note', to: step.to, text: 'x' });
          else if ('tell' in step) team.say(step.tell, { type: 'artifact' });
          else if ('read' in step) team.read(step.read);
          else team.restart();
        }
        team.say('writer', { type: 'status', status: 'idle' });
        const { messages, inboxes, seq } = team.state;
        const owed = [...inboxes.values()].flatMap((inbox) => inbox.owed);
        expect(owed.filter((number) => !messages.has(number))).toEqual([]);
        expect([...messages.keys()].filter((number) => number <= seq - 10 && !owed.includes(number))).toEqual([]);
        expect([...inboxes].map(([, inbox]) => owedOf(messages, inbox))).toEqual(
          [...inboxes].map(([, { owed }]) => owed),
        );
      }),
    );
  });

  it('keeps a thousand unread direct messages of an agent, and counts the older ones as missed', () => {
    const team = new Team({ retention: { messages: 10, bytes: 1e9, days: 14 } });
    team.join('writer', 'reader');
    const sent = Array.from(
      { length: 1100 },
      (_, index) => team.say('writer', { type: 'note', to: ['reader'], text: `note ${index}` }).seq,
    );
    team.pass(0);
    const kept = [...team.state.messages.keys()].filter((seq) => sent.includes(seq));
    expect(kept).toEqual(sent.slice(-1000));
    expect(team.poll('reader')).toMatchObject({ missed: 100, unread: 980 });
  });

  it('keeps exactly as many over a restart', () => {
    const team = new Team({ retention: { messages: 10, bytes: 1e9, days: 14 } });
    team.join('writer', 'reader');
    const sent = Array.from(
      { length: 1000 },
      (_, index) => team.say('writer', { type: 'note', to: ['reader'], text: `note ${index}` }).seq,
    );
    team.restart();
    for (let index = 0; index < 20; index += 1) team.say('writer', { type: 'status', status: 'working' });
    expect(sent.filter((seq) => !team.state.messages.has(seq))).toEqual([]);
  });

  it('lets the log outgrow its bound by 2 %, and then cuts it back to that', () => {
    let each = 0;
    /** How many messages there are after each of some that are all as long; `each` is that length. */
    const sizes = (bounds: { messages: number; bytes: number }): number[] => {
      const team = new Team({ retention: { ...bounds, days: 14 } });
      team.join('writer');
      return Array.from({ length: 500 }, () => {
        team.say('writer', { type: 'status', status: 'idle', text: 'the same' });
        each = Buffer.byteLength(JSON.stringify(team.state.messages.get(team.state.seq)));
        return team.state.messages.size;
      });
    };
    expect([...new Set(sizes({ messages: 100, bytes: 1e9 }).slice(200))]).toEqual([100, 101, 102]);
    expect([...new Set(sizes({ messages: 1000, bytes: 50 * each }).slice(200))].sort()).toEqual([50, 51]);
  });

  it('keeps a message for its days to the end, and writes nothing where nothing is too old', () => {
    const team = new Team({ retention: { messages: 100, bytes: 1e9, days: 1 } });
    team.hello({ branch: 'writer', worktree: '/repo/writer' });
    team.say('writer', { type: 'status', status: 'idle' });
    const records = team.records.length;
    team.pass(86_400);
    expect([team.state.messages.size, team.records.length]).toEqual([1, records]);
    team.pass(0.001);
    expect(team.state.messages.size).toBe(0);
  });

  it('bounds bytes and days too, and counts bytes right', () => {
    const team = new Team({ retention: { messages: 1000, bytes: 50_000, days: 1 } });
    team.join('writer');
    for (let index = 0; index < 100; index += 1)
      team.say('writer', { type: 'status', status: 'idle', text: 'é€😀'.repeat(125) });
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
