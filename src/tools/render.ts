import { toPawError } from '../errors/paw-error.ts';
import { visibleJson, visibleText } from '../errors/quote.ts';

/** What the client gets of a call. */
export interface Rendered {
  [key: string]: unknown;
  content: { type: 'text'; text: string }[];
  structuredContent?: Record<string, unknown>;
  isError?: true;
}

/** One value as text and as structured content: a client shows its model one of them, and never says which. */
export function render(value: object): Rendered {
  return { content: [{ type: 'text', text: visibleJson(value) }], structuredContent: { ...value } };
}

/** An error as a result, so that the model reads it. `unread` is how much mail waits, if that is known. */
export function renderError(error: unknown, unread = 0): Rendered {
  const { message } = toPawError(error);
  const mail = unread === 0 ? '' : `\n${unread} unread ${unread === 1 ? 'message' : 'messages'}: poll.`;
  return { content: [{ type: 'text', text: visibleText(message) + mail }], isError: true };
}
