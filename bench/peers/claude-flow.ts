import { join } from 'node:path';
import * as z from 'zod';
import { openStdioSession } from '../lib/stdio-session.ts';
import type { Peer } from './peer.ts';

const done = z.object({ success: z.literal(true) });
const hive = z.object({ hiveToken: z.string() });
const broadcasts = z.object({ value: z.array(z.object({ message: z.string() })) });

export const claudeFlow: Peer = {
  name: 'claude-flow',
  version: '3.43.0',
  addons: ['better-sqlite3'],
  keeps:
    'a stdio server per agent; JSON files, written whole and not synced, one of which grows with every call; broadcasts',
  async open({ installed, work, env }) {
    const args = [join(installed, 'node_modules/claude-flow/bin/cli.js'), 'mcp', 'start'];
    const server = { args, cwd: work, env: { ...env, npm_config_offline: 'true' }, quiet: true };
    const queen = await openStdioSession(server);
    const { hiveToken } = hive.parse(JSON.parse(await queen.callText('hive-mind_init', { queenId: 'queen' })));
    await queen.close();
    return async (agentId) => {
      const session = await openStdioSession(server);
      const call = async (tool: string, input: object): Promise<unknown> =>
        JSON.parse(await session.callText(tool, input));
      const claimant = `agent:${agentId}:coder`;
      done.parse(await call('hive-mind_join', { agentId, hiveToken }));
      return {
        async claim(path) {
          done.parse(await call('claims_claim', { issueId: identifier(path), claimant }));
        },
        async send(_to, message) {
          done.parse(await call('hive-mind_broadcast', { message, fromId: agentId }));
        },
        async receive() {
          const { value } = broadcasts.parse(await call('hive-mind_memory', { action: 'get', key: 'broadcasts' }));
          return value.map(({ message }) => message);
        },
        async release(path) {
          done.parse(await call('claims_release', { issueId: identifier(path), claimant }));
        },
        close: () => session.close(),
      };
    };
  },
};

/** It claims issues by their number or name, in which a slash is not allowed. */
function identifier(path: string): string {
  return path.replaceAll('/', ':');
}
