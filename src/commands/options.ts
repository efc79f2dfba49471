import { InvalidArgumentError, Option } from 'commander';
import { notANumber } from '../errors/commands.ts';

/** Options that several commands have. */

export function json(description = 'as JSON'): Option {
  return new Option('--json', description);
}

/** Reads a whole number within these bounds; anything else is wrong usage. */
export function wholeNumber(min: number, max: number): (given: string) => number {
  return (given) => {
    const value = Number(given);
    if (/^\d+$/.test(given) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(notANumber(min, max).message);
  };
}
