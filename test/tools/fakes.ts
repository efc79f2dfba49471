import type { CoordinatorClient, Tool } from '../../src/tools/tool.ts';
import type { Tree } from '../../src/tools/tree.ts';

/** A request a tool made. */
export interface Sent {
  method: string;
  params: Record<string, unknown>;
}

/**
 * A worktree at /repo that holds these paths; those in `files` are files. `links` maps a path to where it leads;
 * absolute is outside.
 */
export function fakeTree(
  paths: readonly string[] = [],
  links: Readonly<Record<string, string>> = {},
  files: readonly string[] = [],
): Tree {
  return {
    root: '/repo',
    backslashes: false,
    exists: (path) => paths.includes(path) || path in links,
    isFile: (path) => files.includes(path),
    real(path) {
      for (const [link, target] of Object.entries(links)) {
        if (path === link || path.startsWith(`${link}/`)) {
          return target.startsWith('/') ? undefined : target + path.slice(link.length);
        }
      }
      return path.startsWith('/') ? undefined : path;
    },
  };
}

/** A client that answers everything with `answer` and notes what it was asked. */
export function fakeClient(answer: object = {}): { client: CoordinatorClient; sent: Sent[] } {
  const sent: Sent[] = [];
  const request = async (method: string, params: object) => {
    sent.push({ method, params: { ...params } });
    return answer;
  };
  return { client: { request: request as CoordinatorClient['request'] }, sent };
}

export interface Called {
  value: object;
  sent: Sent[];
  batches: number[];
}

/** Calls one tool with a fake coordinator. */
export async function callTool(
  tool: Tool,
  input: object,
  { tree = fakeTree(), answer = {} }: { tree?: Tree; answer?: object } = {},
): Promise<Called> {
  const { client, sent } = fakeClient(answer);
  const batches: number[] = [];
  const signal = new AbortController().signal;
  const value = await tool.handler(input, {
    client,
    tree,
    signal,
    handOut: ({ batch }) => batches.push(batch),
    takeBack: () => {},
  });
  return { value, sent, batches };
}

/** The message of the refusal. Fails if the call was let through. */
export async function refusal(tool: Tool, input: object, tree: Tree = fakeTree()): Promise<string> {
  const { client, sent } = fakeClient();
  const signal = new AbortController().signal;
  try {
    await tool.handler(input, { client, tree, signal, handOut: () => {}, takeBack: () => {} });
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'PawError') throw error;
    if (sent.length > 0) throw new Error('the coordinator was asked before the refusal');
    return error.message;
  }
  throw new Error(`let through: ${JSON.stringify(sent)}`);
}
