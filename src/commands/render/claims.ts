import type { StatusAnswer } from '../../protocol/answers.ts';
import type { Look } from './look.ts';
import { safeLine } from './safe-text.ts';
import { type Cell, table } from './table.ts';
import { span } from './time.ts';

const INDENT = 2;

export type ClaimRow = NonNullable<StatusAnswer['claims']>[number];

/** One line for each claim: what, who, for how long, why, and who waits for it. */
export function claimLines(claims: readonly ClaimRow[], look: Look): string[] {
  const rows = claims.map((claim): Cell[] => [
    { text: safeLine(claimedThing(claim)) },
    { text: safeLine(claim.holder), format: 'bold' },
    { text: claim.mode === 'shared' ? 'shared' : '', format: 'dim' },
    { text: claim.expires_in_seconds === undefined ? '' : `${span(claim.expires_in_seconds)} left`, format: 'dim' },
    { text: safeLine(claim.reason ?? '') },
    {
      text: claim.waiting === undefined ? '' : `waiting: ${claim.waiting.map(safeLine).join(', ')}`,
      format: 'yellow',
    },
  ]);
  return table(rows, { look, flexible: 4, indent: INDENT });
}

/** What a claim is on, as people read it: a path, `name build`, `work 12`. */
function claimedThing({ path, name, work }: ClaimRow): string {
  if (path !== undefined) return path;
  return name === undefined ? `work ${work ?? ''}` : `name ${name}`;
}
