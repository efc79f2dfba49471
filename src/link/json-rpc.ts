/** The messages of JSON-RPC 2.0, one a line: no batches, and as parameters whatever the method takes. */

export type RequestId = string | number;

export interface Request {
  id: RequestId;
  method: string;
  params?: unknown;
}

export interface Notification {
  method: string;
  params?: unknown;
}

export interface ErrorObject {
  code: number;
  message: string;
  data?: unknown;
}

/** An answer has a result or an error; its id is null if the other side could not read what it answers. */
export type Answer = { id: RequestId | null; result: unknown } | { id: RequestId | null; error: ErrorObject };

export type Message = Request | Notification | Answer;

/** The notification that withdraws a request: `{id}`. */
export const CANCEL = '$/cancelRequest';
/** What was sent is no message. */
export const PARSE_ERROR = -32700;

/**
 * Reads one line.
 *
 * @throws Error if it is no message; the text says why
 */
export function parseMessage(line: string): Message {
  const message = JSON.parse(line) as unknown;
  if (!isObject(message) || message.jsonrpc !== '2.0') throw new Error('it is no JSON-RPC message of version 2.0');
  if (typeof message.method === 'string') {
    if ('id' in message && !isId(message.id)) throw new Error('its id is neither a text nor a number');
    if (message.method === CANCEL && cancelled(message.params) === undefined)
      throw new Error('it withdraws a request and does not say which');
    return message as unknown as Request | Notification;
  }
  const answers =
    'error' in message ? isObject(message.error) && typeof message.error.message === 'string' : 'result' in message;
  if (answers && (isId(message.id) || message.id === null)) return message as unknown as Answer;
  throw new Error('it is no request, no notification and no answer');
}

/** The line for a message, without its end. */
export function lineOf(message: Message): string {
  return JSON.stringify({ jsonrpc: '2.0', ...message });
}

/** Which request the parameters of `CANCEL` name. */
export function cancelled(params: unknown): RequestId | undefined {
  return isObject(params) && isId(params.id) ? params.id : undefined;
}

export function isRequest(message: Message): message is Request {
  return 'method' in message && 'id' in message;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isId(value: unknown): value is RequestId {
  return typeof value === 'string' || typeof value === 'number';
}
