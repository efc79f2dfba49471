import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { type Answer, PROTOCOL_REVISION, textOf } from '../lib/mcp.ts';

/** An MCP client over streamable HTTP that costs next to nothing: one request a call, on one connection. */
export interface HttpSession {
  /** Calls a tool and returns its text; fails if the result is an error. */
  callText(tool: string, args: object): Promise<string>;
  close(): Promise<void>;
}

/** Opens a session of the 2025 era with a server that runs. */
export async function openHttpSession(url: URL): Promise<HttpSession> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let session: Record<string, string> = {};
  let last = 0;

  async function exchange(method: 'POST' | 'DELETE', message?: object): Promise<{ body: string; id: string }> {
    return new Promise((done, failed) => {
      const outgoing = request(url, { agent, method, headers: { ...HEADERS, ...session } }, (response) => {
        const id = String(response.headers['mcp-session-id'] ?? '');
        text(response).then((body) => done({ body, id }), failed);
      });
      outgoing.once('error', failed);
      outgoing.end(message === undefined ? undefined : JSON.stringify({ jsonrpc: '2.0', ...message }));
    });
  }

  async function call(method: string, params: object): Promise<{ answer: Answer; id: string }> {
    last += 1;
    const { body, id } = await exchange('POST', { id: last, method, params });
    const answer = messagesIn(body).find((message) => message.id === last);
    if (answer === undefined) throw new Error(`${method} was answered with: ${body}`);
    return { answer, id };
  }

  async function close(): Promise<void> {
    try {
      await exchange('DELETE');
    } finally {
      agent.destroy();
    }
  }

  try {
    const { id } = await call('initialize', {
      protocolVersion: PROTOCOL_REVISION,
      capabilities: {},
      clientInfo: { name: 'bench', version: '1.0.0' },
    });
    session = { 'mcp-session-id': id, 'mcp-protocol-version': PROTOCOL_REVISION };
    await exchange('POST', { method: 'notifications/initialized' });
  } catch (error) {
    agent.destroy();
    throw error;
  }
  return {
    callText: async (tool, args) => textOf(tool, (await call('tools/call', { name: tool, arguments: args })).answer),
    close,
  };
}

const HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

/** The messages in a body, which is one of them as JSON or a stream of events. */
function messagesIn(body: string): Answer[] {
  if (body.startsWith('{')) return [JSON.parse(body) as Answer];
  const data = body.split('\n').filter((line) => line.startsWith('data:'));
  return data.map((line) => JSON.parse(line.slice('data:'.length)) as Answer);
}
