import type { PublishOf } from '../../protocol/publish.ts';
import type { Target } from '../../protocol/targets.ts';
import { reviewConflicts } from '../conflicts/conflicts.ts';
import { SECOND_MS } from '../time.ts';
import type { Transaction } from '../transaction.ts';
import type { IntentEndReason } from './claim-events.ts';
import { dueBy } from './lease-clock.ts';

/**
 * Keeps the plan of `agent`; an earlier one is replaced. `forwardConflicts` is the caller's next step.
 * @param seq the message that declares it.
 * @param targets its files, resolved.
 */
export function declareIntent(
  tx: Transaction,
  agent: string,
  seq: number,
  input: PublishOf<'intent'>,
  targets: Target[],
): void {
  const lasts = input.valid_for_seconds * SECOND_MS;
  tx.emit({
    kind: 'intended',
    intent: {
      agent,
      seq,
      files: input.files,
      targets,
      summary: input.text,
      ends_at: tx.now.wall + lasts,
      covered: [],
    },
  });
  dueBy(tx.state.volatile.leases, tx.now.mono + lasts);
}

/** Ends the plan of `agent`, if it has one, and the conflicts that rested on it. */
export function endIntent(tx: Transaction, agent: string, why: IntentEndReason): void {
  if (!tx.state.intents.has(agent)) return;
  tx.emit({ kind: 'intent-ended', agent, why });
  reviewConflicts(tx, agent);
}

/**
 * Notes the files of a commit. The plan of `agent` ends once commits have covered every file it names; a
 * folder is no file, and a pattern says nothing about how many files are meant, so neither is ever covered.
 */
export function coverIntent(tx: Transaction, agent: string, files: readonly string[]): void {
  const intent = tx.state.intents.get(agent);
  if (!intent) return;
  const known = new Set(intent.covered);
  const committed = new Set(files);
  const literal = intent.targets.filter((target) => target.glob === undefined).map((target) => target.path);
  const covered = [...new Set(literal.filter((path) => committed.has(path) && !known.has(path)))];
  if (covered.length === 0) return;
  tx.emit({ kind: 'intent-covered', agent, files: covered });
  for (const path of covered) known.add(path);
  const all = intent.targets.every((target) => target.glob === undefined && known.has(target.path));
  if (all) endIntent(tx, agent, 'covered');
}
