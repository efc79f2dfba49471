import * as errors from '../../errors/work.ts';
import type { State } from '../state.ts';
import type { WorkItem } from './items.ts';

/** The id that goes with a number. */
export function itemId(number: number): string {
  return `w${number}`;
}

/**
 * The item somebody means: `w7`, `W7` or `7`.
 * @throws PawError if there is none
 */
export function findItem(state: State, given: string): WorkItem {
  const item = state.items.get(canonicalId(given));
  if (!item) throw errors.noSuchItem(given, [...state.items.keys()]);
  return item;
}

/** An id as items have it, whether there is such an item or not. */
export function canonicalId(given: string): string {
  const id = given.trim().toLowerCase();
  return /^\d+$/.test(id) ? itemId(Number(id)) : id;
}
