import {
  VIEW_ENTRIES_MAX,
  VIEW_LIST_MAX_BYTES,
  VIEW_NEWEST_MAX,
  type View,
  type ViewAnswer,
} from '../protocol/views.ts';
import { claimRows } from './claims/claim-view.ts';
import { searchLearnings } from './learnings/learning-search.ts';
import { utf8Bytes } from './messages/inbox.ts';
import { log } from './messages/log.ts';
import type { State } from './state.ts';
import { conflictRow, status } from './status.ts';
import type { Now } from './time.ts';

/** Who looks, and since when there has been something to look at. */
export interface Onlooker {
  you: string;
  uptimeSeconds: number;
}

/** A view as it is now, bounded in length. Nothing is marked or renewed: a screen that is left open is no sign of life. */
export function viewOf(state: State, now: Now, view: View, { you, uptimeSeconds }: Onlooker): ViewAnswer {
  switch (view) {
    case 'status':
      return status(state, now, you, { detail: 'summary' }, uptimeSeconds);
    case 'claims': {
      const { kept, more } = bounded(claimRows(state, now, true), VIEW_ENTRIES_MAX);
      return { claims: kept, ...more };
    }
    case 'conflicts': {
      const newest = [...state.conflicts.values()].reverse().map((conflict) => conflictRow(conflict, true));
      const { kept, more } = bounded(newest, VIEW_ENTRIES_MAX);
      return { conflicts: kept.reverse(), ...more };
    }
    case 'learnings': {
      const newest = searchLearnings(state, { limit: VIEW_NEWEST_MAX });
      const { kept } = bounded(newest, VIEW_NEWEST_MAX);
      const more = state.learnings.size - kept.length;
      return { learnings: kept, ...(more === 0 ? {} : { more }) };
    }
    case 'log': {
      const { messages, last } = log(state, { limit: VIEW_NEWEST_MAX });
      return { messages: bounded(messages.reverse(), VIEW_NEWEST_MAX).kept.reverse(), last };
    }
  }
}

/** The first entries that fit, and how many more there are. */
function bounded<T>(entries: readonly T[], countMax: number): { kept: T[]; more: { more?: number } } {
  const kept: T[] = [];
  let bytes = 0;
  for (const entry of entries.slice(0, countMax)) {
    bytes += utf8Bytes(JSON.stringify(entry));
    if (kept.length > 0 && bytes > VIEW_LIST_MAX_BYTES) break;
    kept.push(entry);
  }
  const more = entries.length - kept.length;
  return { kept, more: more === 0 ? {} : { more } };
}
