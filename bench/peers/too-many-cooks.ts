import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import * as z from 'zod';
import { until } from '../../test/harness/until.ts';
import { openHttpSession } from './http-session.ts';
import type { Peer, Place } from './peer.ts';

/** How long the server may take until it answers, in milliseconds. */
const START_MAX_MS = 30_000;

const mail = z.object({ messages: z.array(z.object({ content: z.string() })) });

/**
 * The server has Prisma's schema engine make its tables, which is no package of npm. Its own migrations, applied by
 * the SQLite it brings, make the same ones.
 */
const NPX = `#!/usr/bin/env node
const { createRequire } = require('node:module');
const { existsSync, readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const Database = createRequire(join(process.cwd(), 'any.js'))('better-sqlite3');
const url = process.argv.find((arg) => arg.startsWith('--url=file:'));
const database = new Database(url.slice('--url=file:'.length));
const migrations = join(process.cwd(), 'prisma', 'migrations');
for (const name of readdirSync(migrations).sort()) {
  const file = join(migrations, name, 'migration.sql');
  if (existsSync(file)) database.exec(readFileSync(file, 'utf8'));
}
database.close();
`;

export const tooManyCooks: Peer = {
  name: 'too-many-cooks',
  version: '0.15.1',
  addons: ['better-sqlite3'],
  keeps: 'one HTTP server for all agents, no stdio; SQLite with a rollback journal, synced before each answer',
  async open(place) {
    const url = await startServer(place);
    return async (name) => {
      const session = await openHttpSession(url);
      await session.callText('register', { name });
      return {
        async claim(path) {
          await session.callText('lock', { action: 'acquire', file_path: path, reason: 'session tokens' });
        },
        async send(to, content) {
          await session.callText('message', { action: 'send', to_agent: to, content });
        },
        async receive() {
          const answer = mail.parse(JSON.parse(await session.callText('message', { action: 'get' })));
          return answer.messages.map(({ content }) => content);
        },
        async release(path) {
          await session.callText('lock', { action: 'release', file_path: path });
        },
        close: () => session.close(),
      };
    };
  },
};

async function startServer({ installed, work, env, defer }: Place): Promise<URL> {
  const bin = join(work, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'npx'), NPX, { mode: 0o755 });
  const port = await freePort();
  const server = spawn(process.execPath, [join(installed, 'node_modules/too-many-cooks/build/bin/server.js')], {
    cwd: work,
    env: {
      ...env,
      PATH: [bin, env.PATH].join(delimiter),
      TMC_PORT: String(port),
      TMC_WORKSPACE: work,
    },
    stdio: 'ignore',
  });
  const ended = once(server, 'exit');
  defer(async () => {
    server.kill();
    await ended;
  });
  const url = new URL(`http://localhost:${port}/mcp`);
  const answers = async (): Promise<boolean> => {
    if (server.exitCode !== null) throw new Error(`Its server ended with ${server.exitCode}.`);
    await (await openHttpSession(url)).close();
    return true;
  };
  await until(answers, { what: 'its server to answer', withinMs: START_MAX_MS });
  return url;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
