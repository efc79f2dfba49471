import { join } from 'node:path';
import * as z from 'zod';
import { openStdioSession } from '../lib/stdio-session.ts';
import type { Peer } from './peer.ts';

const inbox = z.object({ messages: z.array(z.object({ content: z.object({ text: z.string() }) })) });

export const agentInbox: Peer = {
  name: 'agent-inbox',
  version: '0.2.3',
  addons: ['better-sqlite3'],
  keeps: 'a stdio server per agent; one SQLite file in WAL mode, synced at checkpoints; no reservations',
  async open({ installed, work, env }) {
    const args = [join(installed, 'node_modules/agent-inbox/dist/cli.js'), 'mcp'];
    const shared = { ...env, INBOX_SQLITE_PATH: join(work, 'inbox.db') };
    return async (agent) => {
      const session = await openStdioSession({ args, cwd: work, env: shared, quiet: true });
      const read = async () => inbox.parse(JSON.parse(await session.callText('check_inbox', { agentId: agent })));
      // Looking into its inbox makes an agent known.
      await read();
      return {
        async send(to, body) {
          await session.callText('send_message', { from: agent, to, body });
        },
        receive: async () => (await read()).messages.map(({ content }) => content.text),
        close: () => session.close(),
      };
    };
  },
};
