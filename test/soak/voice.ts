import { randomUUID } from 'node:crypto';
import { LinkClient } from '../../src/link/client.ts';
import type { PolledMessage } from '../../src/protocol/answers.ts';
import type { PublishInput } from '../../src/protocol/publish.ts';
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts';
import type { Session } from '../harness/mcp.ts';
import type { TestRepository } from '../harness/repository.ts';
import type { Sandbox } from '../harness/sandbox.ts';

/** The calls an agent of the soak makes, over MCP or straight over the link. */
export interface Voice {
  publish(input: PublishInput): Promise<void>;
  /** Whether the path was free. */
  claim(path: string): Promise<boolean>;
  releaseAll(): Promise<void>;
  status(): Promise<void>;
  /** The next batch of mail; the one before counts as read. */
  poll(waitSeconds: number): Promise<PolledMessage[]>;
}

/** The voice of an agent with an MCP server of its own. */
export function stdioVoice(session: Session): Voice {
  return {
    async publish(input) {
      await session.call('publish', input);
    },
    claim: async (path) => (await session.call('claim', { paths: [path], reason: `work on ${path}` })).granted,
    async releaseAll() {
      await session.call('release', { all: true });
    },
    async status() {
      await session.call('status');
    },
    poll: async (wait_seconds) => (await session.call('poll', { wait_seconds })).messages,
  };
}

/** The voice of the agent of a branch, with no MCP server between it and the coordinator; the sandbox closes it. */
export function linkVoice(sandbox: Sandbox, { commonDir, stateDir, worktree }: TestRepository, branch: string): Voice {
  const session = randomUUID();
  const link = new LinkClient({
    commonDir,
    stateDir,
    mayStart: 'never',
    hello: () => ({
      protocol: PROTOCOL_VERSION,
      kind: 'agent',
      session,
      pid: process.pid,
      worktree: worktree(branch),
      branch,
    }),
  });
  sandbox.defer(() => link.close());
  return {
    async publish(input) {
      await link.request('publish', { input });
    },
    claim: async (path) => (await link.request('claim', { targets: [{ path }], reason: `work on ${path}` })).granted,
    async releaseAll() {
      await link.request('release', { all: true });
    },
    async status() {
      await link.request('status', {});
    },
    async poll(wait_seconds) {
      const { messages, batch } = await link.request('poll', { wait_seconds });
      if (batch !== undefined) await link.request('ack', { batches: [batch] });
      return messages;
    },
  };
}
