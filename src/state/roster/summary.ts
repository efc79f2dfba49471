import { SUMMARY_MAX_CHARS } from '../../protocol/limits.ts';
import type { Claim } from '../claims/claim-events.ts';
import { indexOf } from '../claims/claim-index.ts';
import type { State } from '../state.ts';

/** The newest of what is known of an agent's task, as one line: its own words, the reason of a claim, or the title of its item. */
export function summaryOf(state: State, agent: string): string | undefined {
  let newest: Said | undefined;
  // Of what came at the same moment the first counts.
  for (const said of [...ownWords(state, agent), ...heldBy(state, agent).flatMap((claim) => claimWords(state, claim))])
    if (newest === undefined || said.at > newest.at) newest = said;
  return newest === undefined ? undefined : summaryLine(newest.text);
}

/** A text as one line of a row. */
export function summaryLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= SUMMARY_MAX_CHARS ? line : `${line.slice(0, SUMMARY_MAX_CHARS - 1)}…`;
}

interface Said {
  text: string;
  /** Milliseconds of wall time. */
  at: number;
}

function ownWords(state: State, agent: string): Said[] {
  const { text, textAt = 0 } = state.agents.get(agent) ?? {};
  return text === undefined ? [] : [{ text, at: textAt }];
}

function claimWords(state: State, { thing, reason, granted_at, reason_at = granted_at }: Claim): Said[] {
  const said = reason === undefined ? [] : [{ text: reason, at: Date.parse(reason_at) }];
  const item = thing.on === 'work' ? state.items.get(thing.item) : undefined;
  if (!item) return said;
  return [...said, { text: item.title, at: Math.max(Date.parse(granted_at), item.titledAt ?? 0) }];
}

/** Live claims, newest grant first. */
function heldBy(state: State, agent: string): Claim[] {
  const ids = [...(indexOf(state).held.get(agent)?.values() ?? [])];
  return ids.flatMap((id) => state.claims.get(id) ?? []).sort((a, b) => b.fence - a.fence);
}
