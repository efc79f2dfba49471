import type { Calls, Method } from '../protocol/calls.ts';
import { type Fields, flatSchema } from './fields.ts';
import type { Tree } from './tree.ts';

/** What the tools need of the link. */
export interface CoordinatorClient {
  /** Sends one request. Rejects with a `PawError`, or with the reason of `signal`. */
  request<M extends Method>(
    method: M,
    params: Calls[M]['params'],
    options: { signal: AbortSignal },
  ): Promise<Calls[M]['answer']>;
}

/** A batch of messages on its way to the model. */
export interface HandedOut {
  /** The number under which it is acknowledged. */
  batch: number;
  /** Idempotency id of the `poll` it answers. */
  call: string;
}

/** What a tool works with in one call. */
export interface ToolContext {
  client: CoordinatorClient;
  /** The caller's own worktree. */
  tree: Tree;
  /** Aborted when the client cancels the call. */
  signal: AbortSignal;
  /** Told of the messages that the answer hands out, before it is given to the client. */
  handOut(mail: HandedOut): void;
  /** Told of a `poll` that was cancelled, by its idempotency id: nobody sees what it may have been handed. */
  takeBack(call: string): void;
}

/** The four hints of the protocol; clients use them for permission prompts. */
export interface Annotations {
  readOnlyHint: boolean;
  destructiveHint: boolean;
  idempotentHint: boolean;
  openWorldHint: boolean;
}

export interface ToolDefinition {
  name: string;
  /** Shown to people. */
  title: string;
  /** Shown to models; understandable without the server's instructions. */
  description: string;
  annotations: Annotations;
  fields: Fields;
  /** Fields that every call needs. */
  required?: readonly string[];
  /**
   * Answers one call.
   *
   * @param raw the arguments as the model wrote them; nothing has checked them
   * @returns the value that the model gets
   * @throws PawError with everything the model should know
   */
  handler(raw: object, context: ToolContext): Promise<object>;
}

export interface Tool extends Omit<ToolDefinition, 'fields' | 'required'> {
  /** What is advertised of the input. */
  inputSchema: Record<string, unknown>;
}

export function defineTool({ fields, required = [], ...definition }: ToolDefinition): Tool {
  return { ...definition, inputSchema: flatSchema(fields, required) };
}
