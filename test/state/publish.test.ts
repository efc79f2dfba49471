import { describe, expect, it } from 'vitest';
import type { PawError } from '../../src/errors/paw-error.ts';
import { MESSAGE_MAX_BYTES, TEXT_MAX_BYTES } from '../../src/protocol/limits.ts';
import { Team } from './team.ts';

function team(...branches: string[]): Team {
  const made = new Team();
  made.join(...branches);
  return made;
}

/** The types of an agent's unread mail, read on the way. */
function mail(of: Team, agent: string): string[] {
  return of.read(agent).map((message) => message.type);
}

describe('publish', () => {
  it('numbers messages from 1 without gaps', () => {
    const t = new Team();
    t.join('a');
    expect([...t.state.messages.keys()]).toEqual([1]);
    expect(t.say('a', { type: 'status', status: 'idle' }).seq).toBe(2);
  });

  it('status goes to nobody, and stays in the log', () => {
    const t = team('a', 'b');
    expect(t.say('a', { type: 'status', status: 'idle' })).toEqual({ seq: 3, to: [] });
    expect(mail(t, 'b')).toEqual([]);
    expect(t.state.messages.get(3)).toMatchObject({ type: 'agent.status', agent_id: 'a', payload: { status: 'idle' } });
  });

  it('artifact and intent go to everybody else once', () => {
    const t = team('a-1', 'a-2', 'a-3');
    expect(t.say('a-1', { type: 'artifact', status: 'done' }).to).toEqual(['a-2', 'a-3', 'supervisor']);
    t.say('a-1', { type: 'intent', files: ['src/x.ts'], text: 'change x' });
    expect(mail(t, 'a-1')).toEqual([]);
    expect(mail(t, 'a-2')).toEqual(['agent.artifact', 'agent.intent']);
    expect(mail(t, 'a-3')).toEqual(['agent.artifact', 'agent.intent']);
    expect(mail(t, 'human')).toEqual([]);
  });

  it('an artifact without details is stored with empty lists', () => {
    const t = team('a');
    const { seq } = t.say('a', { type: 'artifact' });
    expect(t.state.messages.get(seq)?.payload).toEqual({ status: 'done', exports: [], modified_files: [] });
  });

  it('stores what was given, and nothing else', () => {
    const t = team('a');
    const stored = (input: Record<string, unknown>): unknown => t.state.messages.get(t.say('a', input).seq)?.payload;
    expect(stored({ type: 'status', status: 'working' })).toEqual({ status: 'working' });
    const files = ['a.ts', 'b.ts', 'a.ts'];
    expect(stored({ type: 'status', status: 'working', text: 'so', phase: 'audit', files })).toEqual({
      status: 'working',
      message: 'so',
      phase: 'audit',
      modified_files: ['a.ts', 'b.ts'],
    });
    expect(stored({ type: 'artifact', commit: 'abcdef1', files: ['a.ts'] })).toEqual({
      status: 'done',
      exports: [],
      modified_files: ['a.ts'],
      commit: 'abcdef1',
    });
  });

  it('an intent is answered with the plans it meets, if there are any', () => {
    const t = team('a', 'b');
    const plan = (agent: string, ...files: string[]): object => t.say(agent, { type: 'intent', files, text: 'plan' });
    expect(plan('a', 'a.ts')).not.toHaveProperty('conflicts');
    expect(plan('b', 'a.ts')).toMatchObject({
      conflicts: [{ with: 'a', shape: 'forward', paths: ['a.ts'], doing: 'plan' }],
    });
  });

  it('takes texts and messages up to their limits', () => {
    const t = team('a', 'b');
    const say = (...text: string[]): unknown => t.say('a', { type: 'feedback', to: ['b'], text });
    expect(() => t.say('a', { type: 'note', to: ['b'], text: 'x'.repeat(TEXT_MAX_BYTES) })).not.toThrow();
    expect(() => t.say('a', { type: 'note', to: ['b'], text: 'x'.repeat(TEXT_MAX_BYTES + 1) })).toThrow(
      /32769 bytes; the limit is 32768/,
    );
    const half = 'x'.repeat(MESSAGE_MAX_BYTES / 2 - 50);
    let rest = 1;
    for (; rest < 100; rest += 1) {
      try {
        say(half, half.slice(50), 'x'.repeat(rest));
      } catch {
        break;
      }
    }
    expect(() => say(half, half.slice(50), 'x'.repeat(rest))).toThrow(/65537 bytes; the limit is 65536/);
  });

  it('names five recipients and counts the others', () => {
    const t = team('a', 'b', 'c', 'd', 'e', 'f');
    expect(t.say('a', { type: 'artifact' })).toEqual({ seq: 7, to: ['b', 'c', 'd', 'e', 'f'], more: 1 });
    const five = ['b', 'c', 'd', 'e', 'f'];
    expect(t.say('a', { type: 'note', to: five, text: 'hello' })).toEqual({ seq: 8, to: five });
  });

  it('blocked goes to the agent it names, online or not, and says who is offline', () => {
    const t = team('a-1', 'a-2', 'a-3');
    t.leave('session-of-a-2');
    expect(t.say('a-1', { type: 'blocked', to: ['a-2'], text: 'the types' })).toMatchObject({
      to: ['a-2'],
      offline: ['a-2'],
    });
    expect(mail(t, 'a-2')).toEqual(['agent.blocked']);
    expect(mail(t, 'a-3')).toEqual([]);
  });

  it('a question waits for a supervisor that is not there yet', () => {
    const t = team('a');
    expect(t.say('a', { type: 'question', text: 'which?' })).toMatchObject({
      to: ['supervisor'],
      offline: ['supervisor'],
    });
    t.supervise();
    expect(mail(t, 'supervisor')).toContain('agent.question');
  });

  it('a question is stored once while it is unanswered', () => {
    const t = team('a', 'b');
    t.supervise();
    const first = t.say('a', { type: 'question', text: 'which?' });
    expect(t.say('a', { type: 'question', text: 'which?' })).toEqual({
      seq: first.seq,
      to: ['supervisor'],
      duplicate_of: first.seq,
    });
    expect(t.say('a', { type: 'question', text: 'and where?' }).duplicate_of).toBeUndefined();
    expect(t.say('b', { type: 'question', text: 'which?' }).duplicate_of).toBeUndefined();
    t.say('supervisor', { type: 'answer', re: first.seq, text: 'the first' });
    const again = t.say('a', { type: 'question', text: 'which?' });
    expect(again.duplicate_of).toBeUndefined();
    expect(again.seq).toBeGreaterThan(first.seq);
  });

  it('an answer without re closes the only open question; with several it asks which', () => {
    const t = team('a', 'b');
    const first = t.say('a', { type: 'question', to: ['b'], text: 'one?' });
    const answer = t.say('b', { type: 'answer', to: ['a'], text: 'yes' });
    expect(t.state.openings.size).toBe(0);
    expect(t.state.messages.get(answer.seq)?.re).toBe(first.seq);
    const x = t.say('a', { type: 'question', to: ['b'], text: 'two?' });
    const y = t.say('a', { type: 'question', to: ['b'], text: 'three?' });
    expect(() => t.say('b', { type: 'answer', to: ['a'], text: 'yes' })).toThrow(
      new RegExp(`"a" waits for more than one answer: ${x.seq} \\("two\\?"\\), ${y.seq} \\("three\\?"\\)`),
    );
    expect(t.state.openings.size).toBe(2);
  });

  it('an answer by somebody who was not asked is a thread link only', () => {
    const t = team('a', 'b', 'c');
    const asked = t.say('a', { type: 'question', to: ['b'], text: 'one?' });
    t.say('c', { type: 'answer', re: asked.seq, text: 'I think so' });
    expect(t.state.openings.size).toBe(1);
    expect(mail(t, 'a')).toEqual(['agent.answer']);
  });

  it('a reply goes to the sender of what it replies to', () => {
    const t = team('a', 'b');
    const asked = t.say('a', { type: 'note', to: ['b'], text: 'look' });
    expect(t.say('b', { type: 'feedback', re: asked.seq, text: ['wrong'] }).to).toEqual(['a']);
    expect(() => t.say('b', { type: 'note', text: 'to whom?' })).toThrow(/needs "re".*or "to"/);
    expect(() => t.say('b', { type: 'note', re: 99, text: 'x' })).toThrow(
      /re: there is no message 99; the newest is 4/,
    );
    expect(() => t.say('a', { type: 'note', to: ['a'], text: 'x' })).toThrow(/to: that is you/);
  });

  it('a note to all reaches everybody but helpers, the human, and its sender', () => {
    const t = team('a', 'b');
    t.helper('b', 'tests');
    expect(t.say('a', { type: 'note', to: ['all'], text: 'hello' })).toEqual({ seq: 3, to: ['b', 'supervisor'] });
  });

  it('verified and advanced-main are for supervisors and people', () => {
    const t = team('a-1', 'a-2');
    t.supervise();
    for (const input of [
      { type: 'verified', to: ['a-2'], commit: 'abcdef1' },
      { type: 'advanced-main', merged_branch: 'a-2', commit: 'abcdef1' },
    ])
      expect(() => t.say('a-1', input)).toThrow(/is said by a supervisor or a person only/);
    expect(t.say('supervisor', { type: 'verified', to: ['a-1'], commit: 'abcdef1' })).toMatchObject({
      to: ['a-1', 'a-2'],
      commit: 'abcdef1',
    });
    expect(mail(t, 'a-1')).toEqual(['agent.verified']);
    expect(mail(t, 'a-2')).toEqual(['agent.verified']);
    expect(mail(t, 'supervisor')).toEqual([]);
  });

  it('verified without a commit means the tip, and asks for one if that is unknown', () => {
    const t = new Team();
    t.worktrees({ path: '/repo/a', branch: 'a', head: 'c0ffee1' }, { path: '/repo/b', branch: 'b' });
    t.supervise();
    expect(t.say('supervisor', { type: 'verified', to: ['a'] }).commit).toBe('c0ffee1');
    expect(() => t.say('supervisor', { type: 'verified', to: ['b'] })).toThrow(/No commit of "b" is known/);
  });

  it('advanced-main takes the tip of the base, or says that there is none', () => {
    const t = team('a');
    t.worktrees({ path: '/repo/a', branch: 'a' });
    t.supervise();
    const { seq } = t.say(
      'supervisor',
      { type: 'advanced-main', merged_branch: 'a' },
      { facts: { baseTip: 'feedfeed' } },
    );
    expect(t.state.messages.get(seq)?.payload).toMatchObject({
      merged_branch: 'a',
      new_main_sha: 'feedfeed',
      base: 'main',
      from: 'supervisor',
    });
    expect(() => t.say('supervisor', { type: 'advanced-main', merged_branch: 'a', base: 'nope' })).toThrow(
      /"nope" is no branch/,
    );
  });

  it('a message over 64 KiB, or a text over 32 KiB, is refused with the limit, and nothing is stored', () => {
    const t = team('a', 'b');
    const before = t.records.length;
    expect(() => t.say('a', { type: 'note', to: ['b'], text: 'x'.repeat(100 * 1024) })).toThrow(
      /102400 bytes; the limit is 32768/,
    );
    expect(() => t.say('a', { type: 'feedback', to: ['b'], text: Array(7).fill('é'.repeat(5000)) })).toThrow(
      /the limit is 65536/,
    );
    expect(t.records).toHaveLength(before);
    expect(t.state.seq).toBe(2);
  });

  it('the same call again is answered with the first answer, over a restart too', () => {
    const t = team('a', 'b');
    const first = t.say('a', { type: 'note', to: ['b'], text: 'once' }, { call: 'call-1' });
    t.restart();
    expect(t.say('a', { type: 'note', to: ['b'], text: 'once' }, { call: 'call-1' })).toMatchObject(first);
    expect(t.state.seq).toBe(first.seq);
    expect(t.say('a', { type: 'note', to: ['b'], text: 'once' }, { call: 'call-2' }).seq).toBe(first.seq + 1);
  });

  it('an answer carries the mail that waits', () => {
    const t = team('a', 'b');
    t.say('a', { type: 'note', to: ['b'], text: 'x', urgent: true });
    t.say('a', { type: 'note', to: ['b'], text: 'y' });
    expect(t.say('b', { type: 'status', status: 'working' })).toMatchObject({ inbox: { unread: 2, urgent: 1 } });
    t.read('b');
    expect(t.say('b', { type: 'status', status: 'working' })).not.toHaveProperty('inbox');
  });

  it('says what is wrong as a PawError, with a code', () => {
    const t = team('a');
    const caught = ((): PawError | undefined => {
      try {
        t.say('a', { type: 'note', to: ['nobody'], text: 'x' });
      } catch (error) {
        return error as PawError;
      }
      return undefined;
    })();
    expect(caught).toMatchObject({ name: 'PawError', code: 'unknown' });
  });
});
