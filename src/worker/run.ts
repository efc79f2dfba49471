import { toPawError } from '../errors/paw-error.ts';
import type { LinkClient } from '../link/client.ts';
import type { HelloInput } from '../protocol/requests.ts';
import type { Assignment, WorkItemView } from '../protocol/work.ts';
import { type AttemptContext, attempt, type Result } from './attempt.ts';
import type { Tell } from './events.ts';
import { workerHello } from './hello.ts';
import { Keeper, type Outcome } from './keeper.ts';
import { leftBehind } from './left-behind.ts';
import { Lines } from './lines.ts';
import { OutputLog } from './output-log.ts';
import { runFolder } from './places.ts';

/** What all runs of a worker have in common. */
export interface RunContext extends Omit<AttemptContext, 'ending' | 'onOutput' | 'onWorktree'> {
  /** Opens a link to the coordinator, on which this is said first. */
  connect: (hello: () => HelloInput) => Pick<LinkClient, 'request' | 'notify' | 'close'>;
  /** After so many attempts an item is blocked. */
  maxAttempts: number;
  tell: Tell;
  /** Called when the run is over, before the coordinator hears of it and somebody may be given the item. */
  onOver: (hasFailed: boolean) => void;
  /** Ends the run; the item is given back. */
  stop: AbortSignal;
  /** Ends the wait for a coordinator that cannot be told. */
  tooLate: AbortSignal;
}

/** Longest reason the coordinator is given, in characters. */
const REASON_MAX_CHARS = 4000;

/** Works on an item, and tells the coordinator and the user what came of it. Never rejects. */
export async function runItem(assignment: Assignment, slot: number, context: RunContext): Promise<void> {
  const { tell, stop, tooLate } = context;
  const { id } = assignment.item;
  const keeper = keep(assignment, context);
  try {
    const result = await resultOf(assignment, slot, context, AbortSignal.any([stop, keeper.lost]));
    context.onOver(result.outcome === 'failed');
    if (keeper.lost.aborted) return tell({ kind: 'lost', slot, id });
    const item = await keeper.finish(outcomeOf(result), tooLate);
    if (item === undefined) return tell({ kind: 'lost', slot, id });
    announce(result, item, slot, context);
  } catch (error) {
    tell({ kind: 'untold', slot, id, how: toPawError(error).message });
  } finally {
    await keeper.close();
  }
}

/** The attempt, or why there is nothing to say of it. */
type Ending = Result | { outcome: 'stopped' };

async function resultOf(
  assignment: Assignment,
  slot: number,
  context: RunContext,
  ending: AbortSignal,
): Promise<Ending> {
  const { id, title } = assignment.item;
  const { tell, place } = context;
  let log: OutputLog | undefined;
  const lines = new Lines((line) => tell({ kind: 'output', slot, id, line }));
  try {
    return await attempt(assignment, {
      ...context,
      ending,
      onWorktree(worktree) {
        log = new OutputLog(runFolder(place, id));
        tell({ kind: 'started', slot, id, title, worktree });
      },
      onOutput(chunk) {
        log?.write(chunk);
        lines.push(chunk);
      },
    });
  } catch (error) {
    if (ending.aborted) return { outcome: 'stopped' };
    return { outcome: 'failed', reason: toPawError(error).message.replace(/\.$/, '') };
  } finally {
    lines.end();
    log?.close();
  }
}

function keep(assignment: Assignment, { connect, tell }: RunContext): Keeper {
  const { item, fence, agent_id, branch } = assignment;
  const hello = workerHello({ agent: agent_id, branch });
  return new Keeper({
    link: connect(() => hello),
    id: item.id,
    fence,
    onProblem: ({ message }) => tell({ kind: 'problem', message: `${item.id}: ${message}` }),
  });
}

function outcomeOf(result: Ending): Outcome {
  switch (result.outcome) {
    case 'stopped':
      return { outcome: 'stopped', reason: 'the worker was stopped' };
    case 'failed':
      return {
        outcome: 'failed',
        reason: result.reason.slice(0, REASON_MAX_CHARS),
        ...(result.unpushed && { unpushed: true }),
        ...(result.output && { output: result.output }),
      };
    case 'done': {
      const reason = doneReason(result);
      return { outcome: 'done', commit: result.commit, ...(reason !== '' && { reason }) };
    }
  }
}

function doneReason({ found, facts }: Extract<Result, { outcome: 'done' }>): string {
  return [found ? 'made by an earlier run' : '', leftBehind(facts.uncommitted)]
    .filter((part) => part !== '')
    .join('; ')
    .slice(0, REASON_MAX_CHARS);
}

function announce(result: Ending, item: WorkItemView, slot: number, { tell, maxAttempts }: RunContext): void {
  const { id, attempts, stage } = item;
  switch (result.outcome) {
    case 'stopped':
      tell({ kind: 'stopped', slot, id });
      break;
    case 'failed': {
      const isBlocked = item.blocked !== undefined;
      tell({ kind: 'failed', slot, id, reason: result.reason, attempts, maxAttempts, isBlocked });
      break;
    }
    case 'done': {
      const { facts, found } = result;
      tell({ kind: 'done', slot, id, commits: facts.ahead, stage, uncommitted: facts.uncommitted, found });
    }
  }
}
