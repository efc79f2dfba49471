import { describe, expect, test } from 'vitest';
import { Tail } from '../../src/processes/tail.ts';

function tailOf(maxBytes: number, ...chunks: (string | Buffer)[]): string {
  const tail = new Tail(maxBytes);
  for (const chunk of chunks) tail.push(Buffer.from(chunk));
  return tail.text();
}

describe('Tail', () => {
  test('keeps everything that fits, and the end of what does not', () => {
    expect(tailOf(8)).toBe('');
    expect(tailOf(8, 'abc', 'def')).toBe('abcdef');
    expect(tailOf(4, 'abc', 'def')).toBe('cdef');
    expect(tailOf(4, 'x', 'a long chunk', 'yz')).toBe('nkyz');
    expect(tailOf(4, 'a'.repeat(100_000), 'b')).toBe('aaab');
  });

  test('begins with a whole character, also when characters come in pieces', () => {
    const euro = Buffer.from('€');
    expect(tailOf(5, '€€')).toBe('€');
    expect(tailOf(100, euro.subarray(0, 1), euro.subarray(1))).toBe('€');
  });

  test('is valid text of at most that size whatever was printed; control characters stay', () => {
    const text = tailOf(100, Buffer.alloc(1000, 0xff));
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(100);
    expect(text).toMatch(/^�+$/);
    expect(tailOf(100, '\u001b[31mred\u0000\r\n')).toBe('\u001b[31mred\u0000\r\n');
  });
});
