import type { Conflict } from '../claims/claim-events.ts';
import { SUPERVISOR } from '../roster/roster.ts';
import type { State } from '../state.ts';
import { iso } from '../time.ts';
import type { Transaction } from '../transaction.ts';
import { freshConflictId, type ToldTogether, tellConflicts } from './conflict-records.ts';
import { escalationSentence, inFlightSentence, ownershipSentence } from './conflict-sentences.ts';
import { closeWindow, openWindow, outlived } from './conflict-windows.ts';
import { refreshFiles } from './file-index.ts';
import { type FoundConflict, findFileConflicts } from './find-file-conflicts.ts';
import { mailboxesOf } from './sides.ts';

/**
 * Conflicts over files that have really been changed. `in-flight`: several sides have changed one file.
 * `ownership`: somebody has uncommitted changes in what another worktree has claimed or announced, and has
 * declared nothing there itself. One record for each path and shape, with a life of its own:
 *
 *     open ──window──▶ true ◀──declarations──▶ additive      (in-flight)
 *      └────────────────┴────── over: ends without a word ──┘
 *
 * All sides are told when it is found, when somebody joins, and when declarations turn the verdict. Whoever
 * leaves makes it smaller without a word. The supervisor is told of an in-flight conflict only if it is true
 * after its window.
 */

/**
 * Compares what is changed and declared with what is on record, after either has changed. Costs what has changed:
 * it is called often.
 */
export function reviewFileConflicts(tx: Transaction): void {
  const { index, touched } = refreshFiles(tx.state, tx.config.conflict.ignore);
  if (touched.size === 0) return;
  const open = openByKey(tx.state);
  const news = new Map<string, News>();
  for (const path of touched) {
    const found = findFileConflicts(tx, index, path);
    for (const shape of SHAPES) {
      const before = open.get(keyOf(shape, path));
      const now = found.find((one) => one.shape === shape);
      if (now) take(tx, now, before, news);
      else if (before) {
        tx.emit({ kind: 'conflict-ended', id: before.id });
        closeWindow(tx, before);
      }
    }
  }
  for (const one of news.values()) tell(tx, one);
}

/** Judges the in-flight conflicts that have outlived their window, and tells those who have to know. */
export function tickFileConflicts(tx: Transaction): void {
  reviewFileConflicts(tx);
  const late = outlived(tx);
  if (late.length === 0) return;
  const { index } = refreshFiles(tx.state, tx.config.conflict.ignore);
  const news = new Map<string, News>();
  for (const { judged, ...before } of late) {
    const { verdict, paths } = before;
    const conflict: Conflict = { ...before, state: verdict };
    tx.emit({ kind: 'conflict', conflict });
    closeWindow(tx, conflict);
    const found = findFileConflicts(tx, index, paths[0] ?? '').find(({ shape }) => shape === conflict.shape);
    // Sides that were told so when they declared their parts need not hear it again.
    if (!found || (verdict === 'additive' && judged === 'additive')) continue;
    note(news, found, conflict);
  }
  for (const { found, conflicts } of news.values()) {
    if (found.verdict === 'true') escalate(tx, conflicts);
    else tellSides(tx, found, conflicts);
  }
}

/** Something to be told about conflicts that have the same sides in the same standing. */
interface News {
  found: FoundConflict;
  conflicts: [Conflict, ...Conflict[]];
  /** The window is over, and the supervisor does not know yet. */
  escalates: boolean;
}

/** Records a conflict as it stands now, and notes what is to be told of it. */
function take(tx: Transaction, found: FoundConflict, before: Conflict | undefined, news: Map<string, News>): void {
  if (before && isSame(found, before)) return;
  const { shape, basis, verdict } = found;
  const known = new Set(before?.basis.split(' '));
  const joined = basis.some((word) => !known.has(word));
  for (const word of basis) known.delete(word);
  const left = known.size > 0;
  // Somebody who stops tells nobody, whatever that does to the verdict.
  const turned = !joined && !left && before?.verdict !== verdict;
  const isOver = before !== undefined && before.state !== 'open';
  const conflict: Conflict = {
    id: before?.id ?? freshConflictId(tx),
    shape,
    paths: [found.path],
    agents: found.agents,
    ...(found.cross ? { cross_kind: true } : {}),
    detected_at: before?.detected_at ?? iso(tx.now.wall),
    state: isOver && verdict ? verdict : 'open',
    basis: basis.join(' '),
    ...(verdict ? { verdict } : {}),
    ...(turned && verdict ? { judged: verdict } : {}),
    ...(found.violators ? { violators: found.violators } : {}),
  };
  tx.emit({ kind: 'conflict', conflict });
  if (!before && verdict) openWindow(tx, conflict);
  if (joined || turned) note(news, found, conflict, isOver && verdict === 'true' && before.state !== 'true');
}

function isSame(found: FoundConflict, before: Conflict): boolean {
  return (
    before.verdict === found.verdict &&
    (before.cross_kind ?? false) === (found.cross ?? false) &&
    before.basis === found.basis.join(' ') &&
    before.agents.join(' ') === found.agents.join(' ')
  );
}

/** Many files in the same standing are one message, not one a file. */
function note(news: Map<string, News>, found: FoundConflict, conflict: Conflict, escalates = false): void {
  const declared = found.owners?.map(({ agent, as, doing = '' }) => `${agent} ${as} ${doing}`) ?? [];
  const { shape, verdict, cross, agents } = found;
  const { state, basis } = conflict;
  const standing = [shape, verdict, cross, state, escalates, basis, ...agents, ...declared].join('\n');
  const known = news.get(standing);
  if (known) known.conflicts.push(conflict);
  else news.set(standing, { found, conflicts: [conflict], escalates });
}

function tell(tx: Transaction, { found, conflicts, escalates }: News): void {
  tellSides(tx, found, conflicts);
  if (escalates) escalate(tx, conflicts);
}

function tellSides(tx: Transaction, found: FoundConflict, conflicts: ToldTogether): void {
  const { windowSeconds, escalateOnViolation } = tx.config.conflict;
  const to = [...found.parties].flatMap(([side, agents]) => mailboxesOf(tx.state, side, agents));
  if (found.shape === 'in-flight') {
    const urgent = found.verdict === 'true';
    tellConflicts(tx, to, conflicts, inFlightSentence(conflicts, windowSeconds), { urgent });
    return;
  }
  if (escalateOnViolation) to.push(SUPERVISOR);
  const { violators } = found;
  tellConflicts(tx, to, conflicts, ownershipSentence(conflicts, found), { urgent: true, violators });
}

function escalate(tx: Transaction, conflicts: ToldTogether): void {
  const text = escalationSentence(conflicts, tx.config.conflict.windowSeconds);
  tellConflicts(tx, [SUPERVISOR], conflicts, text, { urgent: true });
}

function openByKey(state: State): Map<string, Conflict> {
  const open = new Map<string, Conflict>();
  for (const conflict of state.conflicts.values())
    if (conflict.shape !== 'forward') open.set(keyOf(conflict.shape, conflict.paths[0] ?? ''), conflict);
  return open;
}

function keyOf(shape: Conflict['shape'], path: string): string {
  return `${shape} ${path}`;
}

const SHAPES = ['in-flight', 'ownership'] as const;
