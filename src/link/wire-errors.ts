import { ErrorCodes, ResponseError } from 'vscode-jsonrpc/node';
import { type ErrorCode, PawError, toPawError } from '../errors/paw-error.ts';

/** The JSON-RPC error number of every `PawError`; `data.code` says which one it is. */
const PAW_ERROR = -32000;

const ERROR_CODES = new Set<unknown>(
  Object.keys({
    invalid: true,
    refused: true,
    unknown: true,
    unavailable: true,
    storage: true,
    environment: true,
    internal: true,
  } satisfies Record<ErrorCode, true>),
);

/** The connection ended before an answer came: whether the other side acted on the call is unknown. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/** The JSON-RPC error that carries code and text of `error` across the link. */
export function toWire(error: unknown): ResponseError<{ code: ErrorCode }> {
  const { code, message } = toPawError(error);
  return new ResponseError(PAW_ERROR, message, { code });
}

/** What a failed request is to its caller: a `PawError` if the other side refused it, else a `ConnectionLost`. */
export function fromWire(error: unknown): PawError | ConnectionLost {
  if (!(error instanceof ResponseError)) return new ConnectionLost('the connection is closed', { cause: error });
  switch (error.code) {
    case ErrorCodes.PendingResponseRejected:
      return new ConnectionLost('the connection was closed before the answer', { cause: error });
    // A writer fails for one reason only: the message is too large.
    case ErrorCodes.MessageWriteError:
      return new PawError('invalid', error.message);
    default:
      return new PawError(codeOf(error.data), error.message);
  }
}

function codeOf(data: unknown): ErrorCode {
  const code = typeof data === 'object' && data !== null && 'code' in data ? data.code : undefined;
  return isErrorCode(code) ? code : 'internal';
}

function isErrorCode(code: unknown): code is ErrorCode {
  return ERROR_CODES.has(code);
}
