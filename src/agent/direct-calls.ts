import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/server';
import { TOOLS } from '../tools/all.ts';
import type { Rendered } from '../tools/render.ts';
import type { Tool } from '../tools/tool.ts';
import { type CallParts, callTool } from './call-tool.ts';
import { isPlainCall, type PlainCall } from './plain-call.ts';

/** Keys of `_meta` that belong to the protocol. */
const PROTOCOL_PREFIX = 'io.modelcontextprotocol/';
const BY_NAME: ReadonlyMap<string, Tool> = new Map(TOOLS.map((tool) => [tool.name, tool]));

/** What the SDK has done with one call of a tool. */
interface Sample {
  id: RequestId;
  /** The protocol's own part of its `_meta`. */
  envelope: string;
  /** What was in its answer beside the tool's own; undefined until it is answered. */
  dress?: Record<string, unknown>;
}

/**
 * Answers calls of tools without the SDK, whose work on each message costs more than all of ours.
 *
 *     first call ──▶ SDK ──▶ answer ─── shows what the SDK adds in this connection
 *     later ones that are like it ──▶ tool ──▶ answer, with the same added
 *     everything else ──▶ SDK
 *
 * So the SDK decides which protocol is spoken, and whatever is out of the ordinary is judged by it: a tool that does not
 * exist, arguments that are no object, another envelope than that of the first call, parameters beyond name, arguments
 * and `_meta`.
 */
export class DirectCalls {
  readonly #parts: CallParts;
  readonly #send: (message: JSONRPCMessage) => Promise<void>;
  #sample: Sample | undefined;
  readonly #running = new Map<RequestId, AbortController>();
  /** Of a call that has ended without being cancelled, for the next one: few calls ever look at their signal. */
  #spare: AbortController | undefined;

  /** @param send writes a message to the client */
  constructor(parts: CallParts, send: (message: JSONRPCMessage) => Promise<void>) {
    this.#parts = parts;
    this.#send = send;
  }

  /** Takes a message, or leaves it to the SDK. */
  take(message: JSONRPCMessage): 'taken' | 'left' {
    if (!isPlainCall(message)) return 'left';
    const tool = BY_NAME.get(message.params.name);
    if (tool === undefined) return 'left';
    const envelope = envelopeOf(message);
    if (this.#sample === undefined) this.#sample = { id: message.id, envelope };
    const { dress } = this.#sample;
    if (dress === undefined || envelope !== this.#sample.envelope || this.#running.has(message.id)) return 'left';
    void this.#answer(message, tool, dress);
    return 'taken';
  }

  /** An answer of the SDK is on its way to the client. */
  passed(message: JSONRPCMessage): void {
    if (!this.#sample || this.#sample.dress || !('id' in message) || message.id !== this.#sample.id) return;
    if ('result' in message) {
      const { content: _, structuredContent: __, isError: ___, ...dress } = message.result;
      this.#sample.dress = dress;
    } else if ('error' in message) this.#sample = undefined;
  }

  /** The client has cancelled a request; it is not answered then. */
  cancelled(id: RequestId): void {
    this.#running.get(id)?.abort();
    if (this.#sample?.id === id && this.#sample.dress === undefined) this.#sample = undefined;
  }

  /** The client is gone. */
  close(): void {
    for (const controller of this.#running.values()) controller.abort();
  }

  async #answer({ id, params }: PlainCall, tool: Tool, dress: Record<string, unknown>): Promise<void> {
    const controller = this.#spare ?? new AbortController();
    this.#spare = undefined;
    const { signal } = controller;
    this.#running.set(id, controller);
    const notify = ({ method, params }: { method: string; params: Record<string, unknown> }): Promise<void> =>
      this.#send({ jsonrpc: '2.0', method, params });
    const request = { id, signal, _meta: params._meta, notify };
    const result: Rendered = await callTool(this.#parts, tool, params.arguments ?? {}, request);
    this.#running.delete(id);
    if (signal.aborted) return;
    this.#spare = controller;
    // A client that is gone is noticed by its transport.
    await this.#send({ jsonrpc: '2.0', id, result: { ...result, ...dress } }).catch(() => {});
  }
}

function envelopeOf({ params: { _meta: meta } }: PlainCall): string {
  if (meta === undefined) return '[]';
  return JSON.stringify(Object.entries(meta).filter(([key]) => key.startsWith(PROTOCOL_PREFIX)));
}
