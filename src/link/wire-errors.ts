import { type ErrorCode, PawError, toPawError } from '../errors/paw-error.ts';
import type { ErrorObject } from './json-rpc.ts';

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
export function toWire(error: unknown): ErrorObject {
  const { code, message } = toPawError(error);
  return { code: PAW_ERROR, message, data: { code } };
}

/** What the other side has refused a request with. */
export function fromWire({ message, data }: ErrorObject): PawError {
  return new PawError(codeOf(data), message);
}

function codeOf(data: unknown): ErrorCode {
  const code = typeof data === 'object' && data !== null && 'code' in data ? data.code : undefined;
  return isErrorCode(code) ? code : 'internal';
}

function isErrorCode(code: unknown): code is ErrorCode {
  return ERROR_CODES.has(code);
}
