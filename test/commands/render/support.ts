import { type Look, lookFor } from '../../../src/commands/render/look.ts';

/** A terminal without colour of so many columns. */
export function terminal(columns: number): Look {
  return lookFor({ isTTY: true, columns }, { NO_COLOR: '1' });
}

/** A pipe: no colour, nothing cut. */
export const PIPE: Look = lookFor({}, {});

/** What time it is in these tests. */
export const NOON = new Date('2026-11-20T12:00:00Z');
