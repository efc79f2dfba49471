import fc from 'fast-check';
import { expect, it } from 'vitest';
import { has, insert, lowerBound, remove, removeAll } from '../../src/state/messages/sorted.ts';

const number = fc.integer({ min: 1, max: 30 });
const ascending = fc.uniqueArray(number).map((list) => list.sort((a, b) => a - b));

it('a list keeps each number once, in order', () => {
  fc.assert(
    fc.property(fc.array(number), (numbers) => {
      const list: number[] = [];
      for (const one of numbers) insert(list, one);
      expect(list).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    }),
  );
});

it('a number is found and taken out if it is there', () => {
  fc.assert(
    fc.property(ascending, number, (list, one) => {
      const isThere = list.includes(one);
      expect(has(list, one)).toBe(isThere);
      expect(lowerBound(list, one)).toBe(list.filter((other) => other < one).length);
      const left = list.filter((other) => other !== one);
      expect(remove(list, one)).toBe(isThere);
      expect(list).toEqual(left);
    }),
  );
});

it('all that are gone are taken out at once', () => {
  fc.assert(
    fc.property(ascending, ascending, (list, gone) => {
      const left = list.filter((one) => !gone.includes(one));
      removeAll(list, gone);
      expect(list).toEqual(left);
    }),
  );
});
