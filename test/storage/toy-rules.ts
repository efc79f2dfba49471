import type { Rules } from '../../src/storage/rules.ts';

/** A state that is nothing but the texts of its records, so that any loss, doubling or reordering shows. */
export interface Toy {
  texts: string[];
}
export interface ToyRecord {
  n: number;
  text: string;
}

export const toyRules: Rules<Toy, ToyRecord> = {
  createState: () => ({ texts: [] }),
  apply: (state, record) => void state.texts.push(record.text),
  toSnapshot: (state) => state,
  fromSnapshot: (json) => structuredClone(json as Toy),
};

export const textOf = (n: number): string => `record ${n} “ü” ${'x'.repeat(n % 7)}`;
export const record = (n: number): ToyRecord => ({ n, text: textOf(n) });
export const texts = (last: number): string[] => Array.from({ length: last }, (_, i) => textOf(i + 1));
