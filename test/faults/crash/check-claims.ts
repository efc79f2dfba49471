import picomatch from 'picomatch';
import type { Call, Claimed, Grant, History, Holding, Mode, Released } from './history.ts';

/** One agent's hold on one thing, as far as it can know of it. */
interface Tenure {
  agent: string;
  thing: string;
  mode: Mode;
  fence: number;
  /** When the claim was made, and when it was known to be granted. */
  asked: number;
  granted: number;
  /** When its release was asked for; Infinity if it never was. Until then it is surely held. */
  releasing: number;
}

/**
 * Claims: what was granted is held until its release is asked for, nobody else holds what overlaps with it meanwhile,
 * fences grow with every grant, a release ends what was held, and the end is as everybody was told.
 */
export function checkClaims({ agents, calls, held }: History): string[] {
  const tenures: Tenure[] = [];
  const wrong: string[] = [];
  for (const agent of agents) {
    const own = calls.filter((call) => isOfClaims(call) && call.agent === agent);
    const found = tenuresOf(agent, own);
    tenures.push(...found.tenures);
    wrong.push(...found.wrong);
  }
  return [...wrong, ...checkFences(tenures), ...checkOverlaps(tenures), ...checkEnd(tenures, held)];
}

/** Goes through one agent's calls. A claim on what it holds already renews that, under the same fence. */
function tenuresOf(agent: string, calls: readonly Call[]): { tenures: Tenure[]; wrong: string[] } {
  const tenures: Tenure[] = [];
  const wrong: string[] = [];
  const current = new Map<string, Tenure>();
  for (const call of calls) {
    if (call.kind === 'claim') {
      for (const grant of call.claims) {
        const known = current.get(grant.thing);
        if (known && known.fence !== grant.fence)
          wrong.push(
            `lost: ${agent} held ${grant.thing} under fence ${known.fence}, and has it under ${grant.fence} now`,
          );
        if (known?.fence === grant.fence) continue;
        const tenure = begin(call, grant);
        current.set(grant.thing, tenure);
        tenures.push(tenure);
      }
    }
    if (call.kind === 'release') {
      const things = [...current.keys()].sort();
      if (String([...call.released].sort()) !== String(things))
        wrong.push(
          `${agent} held ${things.join(', ') || 'nothing'}, and released ${call.released.join(', ') || 'nothing'}`,
        );
      for (const tenure of current.values()) tenure.releasing = call.sent;
      current.clear();
    }
  }
  return { tenures, wrong };
}

function begin({ agent, mode, sent, answered }: Claimed, { thing, fence }: Grant): Tenure {
  return { agent, thing, mode, fence, asked: sent, granted: answered, releasing: Number.POSITIVE_INFINITY };
}

/** No fence is given twice, and what was asked for after a grant was known has a higher one than that. */
function checkFences(tenures: readonly Tenure[]): string[] {
  const wrong: string[] = [];
  const given = new Map<number, Tenure>();
  for (const tenure of tenures) {
    const other = given.get(tenure.fence);
    if (other) wrong.push(`fence ${tenure.fence} was given to ${other.agent} and to ${tenure.agent}`);
    given.set(tenure.fence, tenure);
  }
  const byGrant = [...tenures].sort((a, b) => a.granted - b.granted);
  let highest = 0;
  let next = 0;
  for (const { agent, asked, fence } of [...tenures].sort((a, b) => a.asked - b.asked)) {
    for (let earlier = byGrant[next]; earlier && earlier.granted < asked; earlier = byGrant[next]) {
      highest = Math.max(highest, earlier.fence);
      next += 1;
    }
    if (fence <= highest) wrong.push(`${agent} was given fence ${fence} after ${highest} was given`);
  }
  return wrong;
}

/**
 * Of two claims in each other's way, the one with the higher fence was granted later, so the other must have been asked
 * back by then. That covers any two that were surely held at the same moment.
 */
function checkOverlaps(tenures: readonly Tenure[]): string[] {
  const wrong: string[] = [];
  const byFence = [...tenures].sort((a, b) => a.fence - b.fence);
  const earliestFrom = earliestGrants(byFence);
  let before: Tenure[] = [];
  for (const [index, later] of byFence.entries()) {
    // What was asked back before any of those that follow were granted is in nobody's way any more.
    before = before.filter(({ releasing }) => releasing > (earliestFrom[index] ?? 0));
    for (const earlier of before)
      if (excludes(earlier, later) && earlier.releasing > later.granted)
        wrong.push(
          `overlap: ${later.agent} was granted ${later.thing} (fence ${later.fence}) while ${earlier.agent} held ${earlier.thing} (fence ${earlier.fence})`,
        );
    before.push(later);
  }
  return wrong;
}

/** For each place in the list, the earliest moment of a grant from there on. */
function earliestGrants(tenures: readonly Tenure[]): number[] {
  const earliest: number[] = [];
  let moment = Number.POSITIVE_INFINITY;
  for (let index = tenures.length - 1; index >= 0; index -= 1) {
    moment = Math.min(moment, tenures[index]?.granted ?? moment);
    earliest[index] = moment;
  }
  return earliest;
}

function checkEnd(tenures: readonly Tenure[], held: readonly Holding[]): string[] {
  const expected = new Set(
    tenures.filter(({ releasing }) => releasing === Number.POSITIVE_INFINITY).map((own) => sayHolding(own.agent, own)),
  );
  const found = new Set(held.map((holding) => sayHolding(holding.holder, holding)));
  return [
    ...[...expected].filter((one) => !found.has(one)).map((one) => `lost: at the end ${one} is not held`),
    ...[...found].filter((one) => !expected.has(one)).map((one) => `at the end ${one} is held, and should not be`),
  ];
}

function sayHolding(holder: string, { thing, fence }: Grant): string {
  return `${thing} by ${holder} under fence ${fence}`;
}

function excludes(a: Tenure, b: Tenure): boolean {
  return a.agent !== b.agent && (a.mode === 'exclusive' || b.mode === 'exclusive') && overlap(a.thing, b.thing);
}

/** Whether two things surely have something in common; of two globs that is known only if they are the same. */
function overlap(a: string, b: string): boolean {
  if (a === b) return true;
  if (a.startsWith('name:') || b.startsWith('name:')) return false;
  if (isGlob(a) && isGlob(b)) return false;
  if (isGlob(a)) return globMeets(a, b);
  if (isGlob(b)) return globMeets(b, a);
  return a.startsWith(`${b}/`) || b.startsWith(`${a}/`);
}

/** A path covers everything below it, so also whatever a glob below it matches. */
function globMeets(glob: string, path: string): boolean {
  return picomatch.isMatch(path, glob, { dot: true }) || `${picomatch.scan(glob).base}/`.startsWith(`${path}/`);
}

function isGlob(thing: string): boolean {
  return thing.includes('*');
}

function isOfClaims(call: Call): call is Claimed | Released {
  return call.kind === 'claim' || call.kind === 'release';
}
