import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonFault } from '../../src/config/json-fault.ts';

describe('jsonFault', () => {
  test.each([
    ['', 0, 'a value'],
    ['{"a": 1', 7, ', or }'],
    ['{"a": 1,}', 8, 'a key in double quotes'],
    ['{a: 1}', 1, 'a key in double quotes or }'],
    ['{"a" 1}', 5, ':'],
    ['{"a": }', 6, 'a value'],
    ['{"a": nul}', 6, 'a value'],
    ['[1 2]', 3, ', or ]'],
    ['[1,]', 3, 'a value'],
    ['[}', 1, 'a value or ]'],
    ['{} // note', 3, 'the end of the file'],
    ['{"a": 01}', 7, ', or }'],
    ['{"a": "b\nc"}', 8, 'a closing double quote'],
    ['{"a": "b', 8, 'a closing double quote'],
    ['{"a": "C:\\dir"}', 9, 'an escape that JSON knows, such as \\\\ for a backslash'],
  ])('%j has its fault at %i', (text, offset, expected) => {
    expect(jsonFault(text)).toEqual({ offset, expected });
  });

  test('finds a fault exactly where JSON.parse does', () => {
    const mutated = fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.nat({ max: 3 }),
        fc.string({ unit: fc.constantFrom(...'{}[],:"\\ \n\t0-1.eEtrue/u') }),
      )
      .map(([json, at, cut, insert]) => {
        const place = at % (json.length + 1);
        return json.slice(0, place) + insert + json.slice(place + cut);
      });
    fc.assert(
      fc.property(fc.oneof(fc.json(), mutated, fc.string({ unit: 'binary' })), (text) => {
        expect(jsonFault(text) === undefined).toBe(isJson(text));
      }),
      { numRuns: 2000 },
    );
  });

  test('is not bothered by depth and length', () => {
    const depth = 100_000;
    expect(jsonFault('['.repeat(depth))).toEqual({ offset: depth, expected: 'a value or ]' });
    expect(jsonFault(`"${'x'.repeat(250_000)}`)).toEqual({ offset: 250_001, expected: 'a closing double quote' });
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
