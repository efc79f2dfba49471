import type { State } from '../state.ts';
import type { Transaction } from '../transaction.ts';
import type { Agent } from './roster.ts';

/** The label of a roster row: set by what the agent itself says, and by verification of its newest commit. */

/** What an agent's own message says about it. */
export interface OwnWords {
  label: string;
  text?: string | undefined;
  /** A new phase; `null` ends the one there is. */
  phase?: string | null | undefined;
  files?: string[] | undefined;
  tip?: string | undefined;
}

/** Takes an agent at its own word. A block that stood is over by then; a new one remembers the label before it. */
export function say(tx: Transaction, agent: string, words: OwnWords): void {
  const before = tx.state.agents.get(agent);
  const unset: (keyof Agent)[] = [];
  if (words.phase === null) unset.push('phase');
  if (words.files) unset.push('truncated');
  if (words.label !== 'blocked') unset.push('labelBefore');
  tx.emit({
    kind: 'agent',
    id: agent,
    set: {
      met: true,
      seen: tx.now.wall,
      label: words.label,
      ...(words.label === 'blocked' ? { labelBefore: before?.label ?? 'idle' } : {}),
      ...(words.text === undefined ? {} : { text: words.text, textAt: tx.now.wall }),
      ...(typeof words.phase === 'string' ? { phase: words.phase } : {}),
      ...(words.files === undefined ? {} : { files: words.files }),
      ...(words.tip === undefined ? {} : { tip: words.tip }),
    },
    ...(unset.length === 0 ? {} : { unset }),
  });
}

/** Whether an agent speaks with authority about others' work. */
export function isJudge(state: State, agent: string): boolean {
  const role = state.agents.get(agent)?.role;
  return role === 'supervisor' || role === 'human';
}
