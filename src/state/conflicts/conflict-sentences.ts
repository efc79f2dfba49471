import { quote, quoteName } from '../../errors/quote.ts';
import type { Conflict } from '../claims/claim-events.ts';
import { sayPart } from '../patterns/regions.ts';
import type { ToldTogether } from './conflict-records.ts';
import type { FoundConflict } from './find-file-conflicts.ts';

/** What messages about conflicts say: what it is, and what to do. */

/** Two agents have declared the same. For the one who is not at the call. */
export function forwardSentence(
  agent: string,
  doing: string | undefined,
  conflict: Conflict,
  holds: 'agent' | 'reader' | 'nobody',
): string {
  const who = doing === undefined ? agent : `${agent} (${quote(doing)})`;
  const paths = sayPaths([conflict]);
  const caution = conflict.cross_kind ? ' Lines and names were compared by caution: the parts may differ.' : '';
  if (holds === 'agent')
    return `${who} has claimed ${paths}, which you have announced to change.${caution} Begin with something else, and claim it with wait_seconds or queue when you need it.`;
  if (holds === 'reader')
    return `${who} plans to change ${paths}, which you hold.${caution} Tell ${agent} by a note when you expect to be done, and release it as soon as you can.`;
  return `${who} has declared ${paths}, and so have you.${caution} Agree with ${agent} by a note on who goes first or who takes which part, and claim what you change.`;
}

/** Several sides have changed the same files. */
export function inFlightSentence(conflicts: ToldTogether, windowSeconds: number): string {
  const [first] = conflicts;
  const what = `${sayAll(first.agents)} have changed ${sayPaths(conflicts)}, each in a worktree of its own`;
  if (first.verdict === 'additive')
    return `${what}, and have declared parts that do not meet. Go on, keep to your part, and expect to merge the other.`;
  const why = first.cross_kind ? 'lines and names were compared by caution' : 'no separate parts are declared';
  const then = first.state === 'open' ? `is told if this lasts ${windowSeconds} s` : 'is told too';
  return `${what}; ${why}. Agree by a note on who changes it, or claim separate parts (a.ts#function:login, a.ts#L10-L30). The supervisor ${then}.`;
}

/** For the supervisor: sides could not settle it by themselves. */
export function escalationSentence(conflicts: ToldTogether, windowSeconds: number): string {
  const [{ agents }] = conflicts;
  return `${sayAll(agents)} have been changing ${sayPaths(conflicts)} for ${windowSeconds} s or more, and no separate parts are declared. Decide who goes first or who takes which part, and tell them by a note.`;
}

/** Somebody has changed what others hold or plan to change. */
export function ownershipSentence(conflicts: ToldTogether, { violators = [], owners = [] }: FoundConflict): string {
  const whose = [...new Map(owners.map((owner) => [owner.agent, owner])).values()].map(({ agent, as, doing }) => {
    const why = doing === undefined ? '' : ` (${quote(doing)})`;
    return `${agent} ${as === 'exclusive' ? 'holds' : 'plans to change'}${why}`;
  });
  const asked = sayAll([...new Set(owners.map(({ agent }) => agent))]);
  const which = whose.length > 1 ? `which ${sayAll(whose)}` : `which ${whose[0] ?? 'others hold'}`;
  return `${sayAll(violators)} changed ${sayPaths(conflicts)}, ${which}. ${sayAll(violators)}: stop, ask ${asked} by a note, and undo the change unless you agree on it. ${asked}: answer, or release what you no longer need.`;
}

/** Paths with their parts, the first few of them. */
function sayPaths(conflicts: readonly Conflict[]): string {
  const paths = conflicts.flatMap((conflict) => conflict.paths);
  const shown = paths.slice(0, PATHS_SAID).map(sayPath).join(', ');
  return paths.length > PATHS_SAID ? `${shown} and ${paths.length - PATHS_SAID} more` : shown;
}

/** Names joined as a sentence has them. */
function sayAll(names: readonly string[]): string {
  const last = names.at(-1) ?? 'nobody';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

/** `a.ts#L25-L30` as `a.ts (range 25-30)`. */
function sayPath(path: string): string {
  const part = /#((?:function|class|block):.+|L\d+-L\d+)$/su.exec(path);
  return part ? `${quoteName(path.slice(0, part.index))} (${sayPart(part[1] ?? '')})` : quoteName(path);
}

/** Paths named in a sentence before the rest is counted. */
const PATHS_SAID = 5;
