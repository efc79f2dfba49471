import { describe, expect, test } from 'vitest';
import { letterLines, logLine } from '../../../src/commands/render/messages.ts';
import { textWidth } from '../../../src/commands/render/width.ts';
import type { MessageOf, StoredMessage, StoredType } from '../../../src/protocol/messages.ts';
import { NOON, PIPE, terminal } from './support.ts';

const AT = NOON.toISOString();

function message<T extends StoredType>(type: T, payload: MessageOf<T>['payload'], more: object = {}): StoredMessage {
  return { seq: 51, at: AT, type, agent_id: 'feat-a', payload, to: ['feat-b'], ...more } as StoredMessage;
}

describe('logLine', () => {
  test.each([
    [
      message('agent.status', { status: 'working', message: 'm', phase: 'p', modified_files: ['a'] }),
      'status  working: m · p · [a]',
    ],
    [
      message('agent.artifact', {
        status: 'done',
        exports: ['f()', 'g()'],
        modified_files: ['a', 'b', 'c', 'd', 'e'],
        commit: '0123456789abcdef',
      }),
      'artifact  done · exports f(), g() · commit 0123456 · [a, b, c and 2 more]',
    ],
    [
      message('agent.intent', { files: ['a', { path: 'b' }], summary: 's', valid_for_seconds: 900 }),
      'intent  s · [a, b]',
    ],
    [message('agent.blocked', { needs: 'n', from: 'feat-b' }), 'blocked  n'],
    [message('agent.question', { question: 'q' }, { urgent: true }), 'question URGENT  q'],
    [message('agent.answer', { answer: 'a' }, { re: 50 }), 'answer re 50  a'],
    [message('agent.feedback', { errors: ['one', 'two'] }), 'feedback  one two'],
    [message('agent.note', { text: 'a\nb' }), 'note  a b'],
    [
      message('agent.verified', { verified_by: 'supervisor', commit: '0123456789', branch_id: 'feat-b', message: 'm' }),
      'verified  feat-b 0123456 · m',
    ],
    [
      message('agent.advanced-main', {
        from: 'supervisor',
        merged_branch: 'feat/b',
        new_main_sha: '0123456789',
        base: 'main',
        merged_at: AT,
      }),
      'merged  feat/b into main · 0123456',
    ],
    [message('agent.learning', { id: 'i', category: 'convention', title: 't' }), 'learning  convention: t'],
    [
      message('supervisor.verify-now', { branch_id: 'feat-b', commit: '0123456789', gate: 'passed' }),
      'verify now  feat-b 0123456 · gate passed',
    ],
    [message('coordinator.claim', { event: 'granted', text: 'yours now' }), 'claim  yours now'],
    [message('coordinator.stall', { agent: 'feat-b', shape: 'silent', text: 'quiet' }), 'stall  quiet'],
  ])('%#: words for $type', (stored, expected) => {
    expect(logLine(stored, PIPE, NOON)).toMatch(/^ {3}51 {2}\d\d:\d\d:\d\d {2}feat-a → feat-b {2}/);
    expect(logLine(stored, PIPE, NOON)).toContain(`feat-a → feat-b  ${expected}`);
  });

  test('says who it went to', () => {
    const to = (ids: string[]): string => logLine(message('agent.note', { text: 't' }, { to: ids }), PIPE, NOON);
    expect(to([])).toContain('  feat-a  note  t');
    expect(to(['x', 'y'])).toContain('  feat-a → x, y  note');
    expect(to(['x', 'y', 'z'])).toContain('  feat-a → 3 agents  note');
  });

  test('shows a payload of a later version in some way', () => {
    const later = { ...message('agent.note', { text: '' }), payload: { words: 'new' } } as unknown as StoredMessage;
    expect(logLine(later, PIPE, NOON)).toContain('{"words":"new"}');
  });

  test('is one line of the terminal, whatever was written', () => {
    const stored = message('agent.note', { text: `${'long '.repeat(50)}\u001b[2J\nsecond` });
    const line = logLine(stored, terminal(60), NOON);
    expect(textWidth(line)).toBeLessThanOrEqual(60);
    expect(logLine(stored, PIPE, NOON)).toContain('␛[2J second');
  });
});

describe('letterLines', () => {
  const letter = {
    seq: 51,
    type: 'agent.question' as const,
    from: 'feat-a',
    at: AT,
    payload: { question: 'one two three\nfour' },
    state: 'unread' as const,
  };

  test('shows the whole text, wrapped on a terminal', () => {
    const text = 'word '.repeat(20).trim();
    const lines = letterLines({ ...letter, payload: { question: `${text}\nlast` } }, terminal(40), NOON, false);
    expect(
      lines
        .slice(1)
        .map((line) => line.trim())
        .join(' '),
    ).toBe(`${text} last`);
    expect(lines.every((line) => textWidth(line) <= 40)).toBe(true);
  });

  test('shows the mark where it is asked for', () => {
    expect(letterLines(letter, PIPE, NOON, true)[0]).toMatch(/^51 {2}feat-a {2}question {2}\S+ {2}unread$/);
    expect(letterLines(letter, PIPE, NOON, false)[0]).not.toContain('unread');
  });
});
