import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineBuffer } from '../../src/link/line-buffer.ts';

test('lines come out the same however the bytes were cut', () => {
  const line = fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replaceAll('\n', ' '));
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      (lines, cuts) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
        expect(readAll(new LineBuffer(1000), cut(bytes, cuts))).toEqual(
          lines.map((text) => Buffer.from(text).toString()),
        );
      },
    ),
  );
});

test('a line of exactly the limit passes, one byte more does not', () => {
  expect(readAll(new LineBuffer(4), [Buffer.from('ab'), Buffer.from('cd\n')])).toEqual(['abcd']);
  expect(readAll(new LineBuffer(4), [Buffer.from('ab'), Buffer.from('cde\n')])).toEqual(['too-long']);
  expect(readAll(new LineBuffer(4), [Buffer.from('abcde')])).toEqual(['too-long']);
});

// Copying everything at each piece would be half a terabyte, and this test would run out of time.
test('a long line that arrives in small pieces is read in linear time', () => {
  const lines = new LineBuffer(8 * 1024 * 1024);
  const piece = Buffer.alloc(16, 'x');
  for (let i = 0; i < 4 * 65_536; i += 1) lines.next(piece, 0);
  const found = lines.next(Buffer.from('\n'), 0);
  expect(typeof found === 'object' && found.line.length).toBe(4 * 1024 * 1024);
});

function readAll(lines: LineBuffer, chunks: Buffer[]): string[] {
  const read: string[] = [];
  for (const chunk of chunks) {
    for (let from = 0; from < chunk.length; ) {
      const found = lines.next(chunk, from);
      if (found === 'partial') break;
      if (found === 'too-long') return [...read, found];
      read.push(found.line);
      from = found.end;
    }
  }
  return read;
}

function cut(bytes: Buffer, sizes: number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let from = 0, i = 0; from < bytes.length; i += 1) {
    const size = sizes[i % sizes.length] ?? 1;
    chunks.push(bytes.subarray(from, from + size));
    from += size;
  }
  return chunks;
}
