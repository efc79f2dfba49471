import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { leftBehind } from '../../src/worker/left-behind.ts';
import { Lines } from '../../src/worker/lines.ts';
import { OutputLog } from '../../src/worker/output-log.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';

const KIBIBYTE = 1024;

describe('Lines', () => {
  function linesOf(...chunks: Buffer[]): string[] {
    const told: string[] = [];
    const lines = new Lines((line) => told.push(line));
    for (const chunk of chunks) lines.push(chunk);
    lines.end();
    return told;
  }

  test('puts together what was cut anywhere', () => {
    const whole = Buffer.from('one\nzwei ü\r\n\n四\rfünf');
    const expected = ['one', 'zwei ü', '', '四', 'fünf'];
    expect(linesOf(whole)).toEqual(expected);
    for (let cut = 1; cut < whole.length; cut += 1)
      expect(linesOf(whole.subarray(0, cut), whole.subarray(cut))).toEqual(expected);
    expect(linesOf(...[...whole].map((byte) => Buffer.from([byte])))).toEqual(expected);
  });

  test('a line without an end is told in pieces, and nothing is kept of it', () => {
    const told = linesOf(Buffer.from('x'.repeat(20 * KIBIBYTE)));
    expect(told.map(({ length }) => length)).toEqual([8 * KIBIBYTE, 8 * KIBIBYTE, 4 * KIBIBYTE]);
  });

  test('nothing at the end is no line', () => {
    expect(linesOf(Buffer.from('a\n'))).toEqual(['a']);
    expect(linesOf()).toEqual([]);
  });
});

describe('OutputLog', () => {
  let sandbox: Sandbox;
  let folder: string;
  beforeEach(async () => {
    sandbox = await makeSandbox();
    folder = sandbox.root;
  });
  afterEach(() => sandbox.dispose());

  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');

  test('keeps what is printed, for its user alone', () => {
    const log = new OutputLog(folder);
    log.write(Buffer.from('one\n'));
    log.write(Buffer.from('two\n'));
    log.close();
    expect(read('output.log')).toBe('one\ntwo\n');
    expect(statSync(join(folder, 'output.log')).mode & 0o777).toBe(0o600);
    log.write(Buffer.from('late'));
    expect(read('output.log')).toBe('one\ntwo\n');
  });

  test('keeps the run before', () => {
    for (const run of ['1', '2', '3']) {
      const log = new OutputLog(folder);
      log.write(Buffer.from(run));
      log.close();
    }
    expect([read('output.before.log'), read('output.log')]).toEqual(['2', '3']);
  });

  test('keeps no more than 1 MB of the end', () => {
    const log = new OutputLog(folder);
    const chunk = Buffer.alloc(100 * KIBIBYTE, 'x');
    for (let count = 0; count < 30; count += 1) log.write(chunk);
    log.write(Buffer.alloc(3 * KIBIBYTE * KIBIBYTE, 'y'));
    log.write(Buffer.from('the end'));
    log.close();
    const kept = ['output.before.log', 'output.log'].map((name) => statSync(join(folder, name)).size);
    expect(kept.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(KIBIBYTE * KIBIBYTE);
    expect(read('output.before.log') + read('output.log')).toMatch(/yyythe end$/);
    expect(readdirSync(folder).filter((name) => name.startsWith('output'))).toHaveLength(2);
  });
});

test('leftBehind names a few files and counts the others', () => {
  expect(leftBehind([])).toBe('');
  expect(leftBehind(['a', 'b'])).toBe('not committed: a, b');
  expect(leftBehind(['a', 'b', 'c', 'd', 'e', 'f', 'g'])).toBe('not committed: a, b, c, d, e and 2 more');
  expect(leftBehind(['a b', 'x". Done\n'])).toBe('not committed: "a b", "x\\". Done\\n"');
});
