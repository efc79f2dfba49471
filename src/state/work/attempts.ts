import { quote } from '../../errors/quote.ts';
import { COORDINATOR, SUPERVISOR } from '../roster/roster.ts';
import { iso } from '../time.ts';
import type { Transaction } from '../transaction.ts';
import { findItem } from './find-item.ts';
import { change } from './items.ts';

/**
 * Counts one more attempt that came to nothing. After the last one the item is blocked, so that it does not go round
 * for ever, and the supervisor is told.
 * @param how why, in words that follow "the last time"
 */
export function countAttempt(tx: Transaction, id: string, how: string): void {
  const item = findItem(tx.state, id);
  const attempts = item.attempts + 1;
  change(tx, id, { set: { attempts } });
  if (attempts < tx.config.work.maxAttempts || item.blocked) return;
  const reason = `${attempts} attempts came to nothing; the last time ${how}`;
  change(tx, id, {
    set: { blocked: { reason, at: iso(tx.now.wall) } },
    entry: { event: 'blocked', by: COORDINATOR, reason },
  });
  tx.send({
    type: 'agent.note',
    from: COORDINATOR,
    to: [SUPERVISOR],
    payload: {
      text: `Work item ${id} (${quote(item.title)}) is blocked: ${reason}. work {action: "show", id: "${id}"} has its history. Make it smaller or clearer, then work {action: "unblock", id: "${id}"}.`,
    },
  });
}
