import type { HookEvent } from '../protocol/hook-events.ts';
import type { HookAnswer } from '../protocol/hooks.ts';

/** What Claude Code reads on the stdout of a hook; undefined if there is nothing to say. */
export function outputOf(event: HookEvent, { context, deny, block }: HookAnswer): object | undefined {
  if (deny !== undefined) {
    return {
      hookSpecificOutput: { hookEventName: event, permissionDecision: 'deny', permissionDecisionReason: deny },
    };
  }
  if (block !== undefined) return { decision: 'block', reason: block };
  if (context !== undefined) return { hookSpecificOutput: { hookEventName: event, additionalContext: context } };
  return undefined;
}
