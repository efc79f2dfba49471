import type { RequestId } from '@modelcontextprotocol/server';

/** A call of a tool that has nothing about it but what every one has. */
export interface PlainCall {
  jsonrpc: '2.0';
  id: RequestId;
  method: 'tools/call';
  params: { name: string; arguments?: Record<string, unknown>; _meta?: Record<string, unknown> };
}

const KEYS = new Set(['jsonrpc', 'id', 'method', 'params']);
const PARAMS = new Set(['name', 'arguments', '_meta']);

/** Whether the schemas of the protocol could find nothing to object to in this call. */
export function isPlainCall(value: unknown): value is PlainCall {
  if (!isRecord(value) || value.jsonrpc !== '2.0' || value.method !== 'tools/call' || !isId(value.id)) return false;
  const { params } = value;
  if (!hasOnly(value, KEYS) || !isRecord(params) || !hasOnly(params, PARAMS)) return false;
  const { name, arguments: args, _meta: meta } = params;
  if (typeof name !== 'string' || (args !== undefined && !isRecord(args))) return false;
  return meta === undefined || (isRecord(meta) && (meta.progressToken === undefined || isId(meta.progressToken)));
}

function isId(value: unknown): value is RequestId {
  return typeof value === 'string' || Number.isSafeInteger(value);
}

function hasOnly(value: object, keys: ReadonlySet<string>): boolean {
  for (const key in value) if (!keys.has(key)) return false;
  return true;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
