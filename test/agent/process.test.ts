import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stdioClient } from '../harness/mcp-clients.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';

const ERAS = ['legacy', 'modern', 'auto'] as const;
const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
};

let sandbox: Sandbox;
let program: string;
let outside: string;

beforeAll(async () => {
  sandbox = await makeSandbox();
  outside = join(sandbox.root, 'outside');
  mkdirSync(outside);
  program = join(sandbox.root, 'mcp.mjs');
  await build({
    bundle: true,
    format: 'esm',
    platform: 'node',
    // The CommonJS packages of the link ask for Node's modules with `require`.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    stdin: { contents: "import { mcp } from './src/commands/mcp.ts'; mcp({});", resolveDir: process.cwd() },
    outfile: program,
  });
});

afterAll(() => sandbox.dispose());

/** Not inside any repository, also if the place of the tests is. */
const environment = () => ({ ...sandbox.env, GIT_CEILING_DIRECTORIES: sandbox.root });

async function raw(): Promise<{ child: ChildProcess; output: () => string }> {
  const child = spawn(process.execPath, [program], { cwd: outside, env: environment(), stdio: 'pipe' });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  child.stdin.write(`${JSON.stringify(INITIALIZE)}\n`);
  await until(() => text.includes('\n'), { what: 'the answer to initialize' });
  return { child, output: () => text };
}

describe.each(ERAS)('a real process, opened the %s way', (era) => {
  test('outside a repository is up, lists its tools and answers every call with one clear error', async () => {
    const parameters = { command: process.execPath, args: [program], cwd: outside, env: environment() };
    const client = stdioClient(era, 'test', parameters);
    await client.connect();
    try {
      expect((await client.listTools()).map(({ name }) => name)).toContain('publish');
      for (const tool of ['status', 'poll', 'publish']) {
        const { isError, content } = await client.callTool(tool, {});
        expect(isError).toBe(true);
        expect(content[0]?.text).toContain(`${outside} is not in a git repository`);
      }
      expect(client.stderr()).toBe('');
    } finally {
      await client.close();
    }
  });
});

describe('the process', () => {
  test('writes nothing but MCP and ends with its stdin', async () => {
    const { child, output } = await raw();
    child.stdin?.end();
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
    for (const line of output().trimEnd().split('\n')) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('ends with %s', async (signal) => {
    const { child } = await raw();
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  test('refuses a role or an id that cannot be, with exit code 2', () => {
    const run = () =>
      execFileSync(process.execPath, [program], {
        cwd: outside,
        env: { ...environment(), PAW_ROLE: 'boss' },
        stdio: 'pipe',
        input: '',
      });
    expect(run).toThrow(expect.objectContaining({ status: 2, stderr: expect.objectContaining({}) }));
    expect(run).toThrow(/PAW_ROLE: "boss" is no role/);
  });
});
