import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Fields } from '../../src/tools/fields.ts';
import { fold, isEmpty } from '../../src/tools/fold.ts';

const FIELDS: Fields = {
  text: { kind: 'text' },
  to: { kind: 'list' },
  id: { kind: 'text', ids: true },
  ids: { kind: 'list', ids: true },
  errors: { kind: 'lines' },
  files: { kind: 'files' },
  limit: { kind: 'integer', min: 1, max: 100 },
  urgent: { kind: 'boolean' },
  details: { kind: 'object' },
};
const values = (raw: object) => fold(FIELDS, {}, raw).values;

describe('fold', () => {
  test.each([null, undefined, '', '  \n', [], {}])('%j is not given, whatever the field', (nothing) => {
    for (const field of Object.keys(FIELDS)) expect(values({ [field]: nothing })).toEqual({});
  });

  test.each<[string, unknown, unknown]>([
    ['text', ' a ', ' a '],
    ['text', '20', '20'],
    ['text', 'true', 'true'],
    ['to', 'feat-a', ['feat-a']],
    ['to', '["a","b"]', ['a', 'b']],
    ['to', ' ["a"] ', ['a']],
    ['to', ['a', ' ', null, 'b'], ['a', 'b']],
    ['to', '[broken', ['[broken']],
    ['to', '[1]', ['[1]']],
    ['to', 5, [5]],
    ['id', 7, '7'],
    ['id', true, true],
    ['ids', 5, ['5']],
    ['ids', '[1, 2]', ['1', '2']],
    ['ids', [1, 'w2', false], ['1', 'w2', false]],
    ['files', '[1]', ['[1]']],
    ['errors', 'one\n\n two\r\nthree', ['one', ' two', 'three']],
    ['errors', ['a\nb', ''], ['a\nb']],
    ['errors', '["a","b"]', ['a', 'b']],
    ['files', 'src/a.ts', ['src/a.ts']],
    ['files', { path: 'a' }, [{ path: 'a' }]],
    ['files', '{"path":"a"}', [{ path: 'a' }]],
    ['files', '[{"path":"a"},"b"]', [{ path: 'a' }, 'b']],
    ['files', ['a', { path: 'b', regions: [] }, { path: '' }, { path: ' ' }], ['a', { path: 'b' }]],
    [
      'files',
      [{ path: 'a', regions: { kind: 'range', start_line: '10', end_line: '30', name: null } }],
      [{ path: 'a', regions: [{ kind: 'range', start_line: 10, end_line: 30 }] }],
    ],
    ['limit', '20', 20],
    ['limit', ' 20 ', 20],
    ['limit', 500, 100],
    ['limit', '500', 100],
    ['limit', -1, -1],
    ['limit', 0, 0],
    ['limit', 1.5, 1.5],
    ['limit', 'many', 'many'],
    ['urgent', 'true', true],
    ['urgent', 'False', false],
    ['urgent', false, false],
    ['urgent', 'yes', 'yes'],
    ['details', '{"a":1}', { a: 1 }],
    ['details', 'plain words', 'plain words'],
  ])('%s: %j becomes %j', (field, given, folded) => {
    expect(values({ [field]: given })).toEqual({ [field]: folded });
  });

  test('lists without anything in them are not given', () => {
    expect(values({ files: ['  '], to: [null, ''], errors: '\n \n' })).toEqual({});
    expect(values({ files: [{ path: '' }] })).toEqual({});
    expect(values({ files: 'null', to: ' null ' })).toEqual({});
    expect(values({ files: [{ path: 'a', regions: 'null' }] })).toEqual({ files: [{ path: 'a' }] });
  });

  test('the word null is a name in a list, and a text elsewhere', () => {
    expect(values({ files: ['null'], text: 'null', errors: 'null' })).toEqual({
      files: ['null'],
      text: 'null',
      errors: ['null'],
    });
  });

  test('notes the name a field was written under, also when it holds nothing', () => {
    const synonyms = { summary: 'text', modified_files: 'files' };
    const folded = fold(FIELDS, synonyms, { summary: ' ', modified_files: 'a' });
    expect(folded.values).toEqual({ files: ['a'] });
    expect(Object.fromEntries(folded.written)).toEqual({ text: 'summary', files: 'modified_files' });
  });

  test('a field under two names is noted only if both say something', () => {
    expect(fold(FIELDS, { question: 'text' }, { question: 'a', text: 'b' }).twice).toEqual(['question', 'text']);
    expect(fold(FIELDS, { question: 'text' }, { question: 'a', text: '' }).twice).toBeUndefined();
    expect(fold(FIELDS, { question: 'text' }, { question: '', text: 'a' }).values).toEqual({ text: 'a' });
  });

  test('unknown names are noted only if they say something', () => {
    expect(fold(FIELDS, {}, { colour: 'red', shape: null, size: '' }).unknown).toEqual(['colour']);
    expect(fold(FIELDS, {}, JSON.parse('{"__proto__": 1, "constructor": 2}')).unknown).toEqual([
      '__proto__',
      'constructor',
    ]);
  });
});

describe('fold, with any JSON', () => {
  const anyInput = fc.dictionary(fc.constantFrom(...Object.keys(FIELDS), 'other'), fc.jsonValue());

  test('folding twice is folding once', () => {
    fc.assert(
      fc.property(anyInput, (raw) => {
        // A JSON text within a JSON text is unfolded one layer at a time.
        const once = values(raw);
        fc.pre(!JSON.stringify(once).includes('\\"'));
        expect(values(once)).toEqual(once);
      }),
    );
  });

  test('nothing empty is left, lists are lists, and no number is above its maximum', () => {
    fc.assert(
      fc.property(anyInput, (raw) => {
        const folded = values(raw);
        for (const value of Object.values(folded)) expect(isEmpty(value)).toBe(false);
        for (const field of ['to', 'errors', 'files']) {
          const list = folded[field];
          if (list !== undefined) expect(Array.isArray(list) && list.every((entry) => !isEmpty(entry))).toBe(true);
        }
        if (typeof folded.limit === 'number') expect(folded.limit).toBeLessThanOrEqual(100);
      }),
    );
  });
});
