import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
/** Fewer would say little about the tests of the rules. */
const MUTATIONS_MIN = 20;

interface Mutation {
  /** The rule that is broken. */
  what: string;
  file: string;
  text: string;
  instead: string;
  /** The tests that have to notice. */
  tests: string[];
}

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const mutations = JSON.parse(read('test/mutations.json')) as Mutation[];

test('there are enough mutations, each of a rule of its own', () => {
  expect(mutations.length).toBeGreaterThanOrEqual(MUTATIONS_MIN);
  expect(new Set(mutations.map(({ what }) => what)).size).toBe(mutations.length);
});

test.each(mutations)('$file says once what a mutation changes: $what', ({ file, text, instead, tests }) => {
  expect(read(file).split(text)).toHaveLength(2);
  expect(instead).not.toBe(text);
  expect(tests).not.toEqual([]);
  expect(tests.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});
