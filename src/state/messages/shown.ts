import type { PolledMessage } from '../../protocol/answers.ts';
import type { StoredMessage } from '../../protocol/messages.ts';
import { utf8Bytes } from './inbox.ts';

/** Messages as their readers get them, and what they take in an answer. */

/** Bytes of a list of messages without any, less the bracket or comma that each message is counted with. */
export const EMPTY_BATCH_BYTES = 1;

/** Bytes that a message takes in a list, as JSON in UTF-8, with the comma or bracket after it. */
export function bytesInBatch(message: PolledMessage): number {
  return utf8Bytes(JSON.stringify(message)) + 1;
}

/** A message as a reader gets it, with texts over `maxBytes` of UTF-8 cut. */
export function show(message: StoredMessage, maxBytes: number): PolledMessage {
  const { payload, cut } = shorten(message.payload, maxBytes);
  return {
    seq: message.seq,
    type: message.type,
    from: message.agent_id,
    payload,
    ...(message.re === undefined ? {} : { re: message.re }),
    ...(message.urgent ? { urgent: true } : {}),
    ...(cut ? { truncated: true } : {}),
  };
}

/** The payload with each of its texts, and each list of texts as a whole, held to `maxBytes`. */
function shorten(payload: object, maxBytes: number): { payload: object; cut: boolean } {
  let cut = false;
  const short = Object.entries(payload).map(([key, value]: [string, unknown]) => {
    if (typeof value === 'string' && utf8Bytes(value) > maxBytes) {
      cut = true;
      return [key, beginning(value, maxBytes)] as const;
    }
    if (Array.isArray(value) && utf8Bytes(JSON.stringify(value)) > maxBytes) {
      cut = true;
      return [key, fitting(value, maxBytes)] as const;
    }
    return [key, value] as const;
  });
  return cut ? { payload: Object.fromEntries(short), cut } : { payload, cut };
}

function fitting(list: unknown[], maxBytes: number): unknown[] {
  const kept: unknown[] = [];
  let left = maxBytes;
  for (const item of list) {
    const fits = typeof item === 'string' ? beginning(item, left) : item;
    left -= utf8Bytes(JSON.stringify(fits));
    kept.push(fits);
    if (left <= 0) break;
  }
  return kept;
}

/** As many whole characters of `text` as `maxBytes` hold. */
function beginning(text: string, maxBytes: number): string {
  let end = 0;
  let bytes = 0;
  for (const character of text) {
    bytes += utf8Bytes(character);
    if (bytes > maxBytes) return text.slice(0, end);
    end += character.length;
  }
  return text;
}
