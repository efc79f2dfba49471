import * as errors from '../../errors/work.ts';
import { WORK_ARCHIVED_KEPT, WORK_LISTED_MAX, WORK_OPEN_MAX } from '../../protocol/limits.ts';
import type { Stage, WorkAction, WorkAnswer, WorkRequest } from '../../protocol/work.ts';
import { tellLost } from '../claims/claim-messages.ts';
import { isJudge } from '../roster/labels.ts';
import { iso } from '../time.ts';
import type { Transaction } from '../transaction.ts';
import { circle } from './dependencies.ts';
import { canonicalId, findItem, itemId } from './find-item.ts';
import { followPaths } from './held-paths.ts';
import { type Change, change, claimOn, type WorkItem } from './items.ts';
import { free, move } from './moves.ts';
import { JUDGED, MOVES } from './stages.ts';
import { inOrder, itemRow, itemView } from './work-view.ts';

/** `work`: the list of what is to be done. Taking an item is a claim, and not here. */

type Answer = Pick<WorkAnswer, 'item' | 'items' | 'more' | 'note'>;
type Rule = (tx: Transaction, by: string, request: WorkRequest) => Answer;

/**
 * Does what the request says, in the name of `by`.
 * @throws PawError if the item is unknown, the move is not legal, or it is not for the caller to make
 */
export function work(tx: Transaction, by: string, request: WorkRequest): Answer {
  return RULES[request.action](tx, by, request);
}

const RULES: Readonly<Record<WorkAction, Rule>> = {
  list(tx, _by, { stage, skip = 0 }) {
    const wanted = [...tx.state.items.values()].filter((item) =>
      stage === undefined ? item.stage !== 'archived' : item.stage === stage,
    );
    const items = inOrder(wanted)
      .slice(skip, skip + WORK_LISTED_MAX)
      .map((item) => itemRow(tx.state, item));
    const more = wanted.length - skip - items.length;
    return more > 0 ? { items, more } : { items };
  },

  show(tx, _by, request) {
    return shown(tx, named(tx, request));
  },

  add(tx, by, request) {
    const { stage = 'backlog', title = '', body = '', priority = 0, targets = [] } = request;
    if (stage !== 'backlog' && stage !== 'current' && !isJudge(tx.state, by)) throw errors.firstStages(stage);
    makeRoom(tx);
    const depends_on = dependencies(tx, request);
    const number = tx.state.itemsAdded + 1;
    change(tx, itemId(number), {
      set: { number, title, body, priority, depends_on, targets, stage },
      entry: { event: 'added', by, to: stage },
    });
    return shown(tx, findItem(tx.state, itemId(number)));
  },

  update(tx, by, request) {
    const item = named(tx, request);
    refuseOthers(tx, item, by, 'changing it');
    const { title, body, priority, targets } = request;
    const depends_on = request.depends_on === undefined ? undefined : dependencies(tx, request, item.id);
    const set: Change['set'] = {
      ...(title === undefined ? {} : { title }),
      ...(body === undefined ? {} : { body }),
      ...(priority === undefined ? {} : { priority }),
      ...(targets === undefined ? {} : { targets }),
      ...(depends_on === undefined ? {} : { depends_on }),
    };
    if (Object.keys(set).length === 0) throw errors.nothingToChange(item.id);
    const fields = Object.keys(set).map((key) => (key === 'targets' ? 'paths' : key));
    const titled = title === undefined ? {} : { titledAt: tx.now.wall };
    change(tx, item.id, { set: { ...set, ...titled }, entry: { event: 'updated', by, reason: fields.join(', ') } });
    const note = targets === undefined ? undefined : followPaths(tx, item.id, by);
    return { ...shown(tx, item), ...(note === undefined ? {} : { note }) };
  },

  advance(tx, by, request) {
    const item = named(tx, request);
    const legal: readonly Stage[] = MOVES[item.stage];
    const to = request.stage ?? MOVES[item.stage][0];
    if (!legal.includes(to)) throw errors.illegalMove(item.id, item.stage, to, legal);
    if (JUDGED.has(item.stage) && !isJudge(tx.state, by)) throw errors.judgesMove(item.id, item.stage);
    refuseOthers(tx, item, by, 'moving it');
    if (item.worker && claimOn(tx.state, item)?.holder === by) throw errors.runByWorker(item.id);
    tellHolder(tx, item, to, by);
    move(tx, item, to, { by, reason: request.reason }, resumed(item, to, request.reason));
    return shown(tx, item);
  },

  block(tx, by, request) {
    const item = named(tx, request);
    refuseOthers(tx, item, by, 'blocking it');
    const reason = request.reason ?? 'no reason given';
    change(tx, item.id, {
      set: { blocked: { reason, at: iso(tx.now.wall) } },
      entry: { event: 'blocked', by, reason },
    });
    // Nobody can go on with it, so nobody need hold it.
    const claim = claimOn(tx.state, item);
    if (claim && item.stage === 'current') {
      free(tx, item, 'released');
      if (claim.holder !== by) tellLost(tx, claim.holder, [claim], by);
    }
    return shown(tx, item);
  },

  unblock(tx, by, request) {
    const item = named(tx, request);
    if (!item.blocked) throw errors.notBlocked(item.id);
    // It gets its attempts again: whoever unblocks it has changed something.
    change(tx, item.id, {
      set: { attempts: 0 },
      unset: ['blocked'],
      entry: { event: 'unblocked', by, ...(request.reason === undefined ? {} : { reason: request.reason }) },
    });
    return shown(tx, item);
  },
};

function named(tx: Transaction, request: WorkRequest): WorkItem {
  return findItem(tx.state, request.id ?? '');
}

/** An item as it is now, after what was just done to it. */
function shown(tx: Transaction, { id }: WorkItem): Answer {
  return { item: itemView(tx.state, findItem(tx.state, id)) };
}

/** An item that somebody holds is changed by its holder, or by whoever judges work. */
function refuseOthers(tx: Transaction, item: WorkItem, by: string, what: string): void {
  const holder = claimOn(tx.state, item)?.holder;
  if (holder !== undefined && holder !== by && !isJudge(tx.state, by)) throw errors.heldByOther(item.id, holder, what);
}

/**
 * What a move by hand leaves of earlier work. Whoever takes up again what was in review, or over, is told why; what a
 * judge sends back takes a new commit to be looked at again.
 */
function resumed({ stage, commit }: WorkItem, to: Stage, reason: string | undefined): Change {
  if (to === 'backlog') return { unset: ['commit'] };
  if (to !== 'current' || stage === 'backlog') return {};
  const isSentBack = JUDGED.has(stage) && commit !== undefined;
  return {
    set: {
      ...(isSentBack ? { rejected: commit } : {}),
      ...(reason === undefined ? {} : { feedback: [reason] }),
    },
    unset: ['commit'],
  };
}

/** A holder from whom a move takes the item is told. */
function tellHolder(tx: Transaction, item: WorkItem, to: Stage, by: string): void {
  const claim = claimOn(tx.state, item);
  if (claim && to === 'backlog' && claim.holder !== by) tellLost(tx, claim.holder, [claim], by);
}

/** The ids of the items named, each once. @throws PawError if one is unknown, or a circle would close */
function dependencies(tx: Transaction, { depends_on = [] }: WorkRequest, id?: string): string[] {
  const wanted = [
    ...new Set(depends_on.map((given) => (canonicalId(given) === id ? id : findItem(tx.state, given).id))),
  ];
  const closed = id === undefined ? undefined : circle(tx.state, id, wanted);
  if (closed) throw errors.wouldCircle(closed);
  return wanted;
}

/** Keeps the list within its bounds: the oldest archived items go, and what is open is never dropped. */
function makeRoom(tx: Transaction): void {
  const archived = [...tx.state.items.values()].filter((item) => item.stage === 'archived');
  if (tx.state.items.size - archived.length >= WORK_OPEN_MAX) throw errors.tooManyItems(WORK_OPEN_MAX);
  const dropped = archived.slice(0, Math.max(0, archived.length - WORK_ARCHIVED_KEPT + 1));
  if (dropped.length > 0) tx.emit({ kind: 'work-dropped', ids: dropped.map((item) => item.id) });
}
