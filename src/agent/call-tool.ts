import type { RequestId } from '@modelcontextprotocol/server';
import { type Rendered, render, renderError } from '../tools/render.ts';
import type { HandedOut, Tool } from '../tools/tool.ts';
import type { Delivery } from './delivery.ts';
import { type ProgressRequest, withProgress } from './progress.ts';
import type { AgentSession } from './session.ts';

/** What calls of tools need of the process. */
export interface CallParts {
  session: Pick<AgentSession, 'workplace' | 'unread' | 'takeBack'>;
  delivery: Pick<Delivery, 'handOut'>;
}

/** The request that a call came by. */
export interface CallRequest extends ProgressRequest {
  id: RequestId;
  /** Aborted when the client has cancelled it or is gone. */
  signal: AbortSignal;
}

/** Calls a tool. Never rejects: what goes wrong is a result that the model can read. */
export async function callTool(
  { session, delivery }: CallParts,
  tool: Tool,
  args: object,
  request: CallRequest,
): Promise<Rendered> {
  const { id, signal } = request;
  try {
    const { link, tree } = await session.workplace();
    const takeBack = (call: string): void => session.takeBack(call);
    const handOut = (mail: HandedOut): void => {
      // Whoever is cancelled takes its mail back by itself, and is not answered.
      if (!signal.aborted) delivery.handOut(id, mail);
    };
    const context = { client: link, tree, signal, handOut, takeBack };
    return render(await withProgress(request, () => tool.handler(args, context)));
  } catch (error) {
    // A cancelled call is not answered, so there is nothing to look up for it.
    return renderError(error, signal.aborted ? 0 : await session.unread(error));
  }
}
