import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AgentOptions } from '../../src/agent/options.ts';
import { type AgentLink, AgentSession } from '../../src/agent/session.ts';
import { PawError } from '../../src/errors/paw-error.ts';
import { type HelloInput, helloSchema } from '../../src/protocol/requests.ts';
import { processStart } from '../../src/repository/process.ts';
import { until } from '../harness/until.ts';

let folder: string;
let env: NodeJS.ProcessEnv;
let told: string[];
let hello: () => Promise<HelloInput>;
/** What the link answers to `inbox`. */
let inbox: (signal: AbortSignal) => Promise<object>;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(process.env.PAW_TEST_ROOT ?? tmpdir(), 'paw-session-')));
  env = { PATH: process.env.PATH, HOME: folder, GIT_CONFIG_NOSYSTEM: '1', GIT_CEILING_DIRECTORIES: folder };
  told = [];
  inbox = async () => ({ agent: 'a', messages: [], unread: 3 });
});

afterEach(() => rmSync(folder, { recursive: true }));

function init(): string {
  const repo = join(folder, 'repo');
  mkdirSync(repo, { recursive: true });
  execFileSync('git', ['init', '-q', '-b', 'feat/a'], { cwd: repo, env });
  return repo;
}

function session(repo: string, options: AgentOptions = { role: 'agent' }): AgentSession {
  const link: AgentLink = {
    request: ((method: string, params: object, { signal }: { signal: AbortSignal }) => {
      if (method === 'inbox') return inbox(signal);
      told.push(`${method} ${JSON.stringify(params)}`);
      return Promise.resolve({});
    }) as AgentLink['request'],
    warm: () => void told.push('warm'),
    greet: async () => void told.push('greet'),
    notify: (method: string, params: object) => void told.push(`${method} ${JSON.stringify(params)}`),
    close: async () => void told.push('close'),
  };
  return new AgentSession({
    folder: repo,
    env,
    options,
    connect(_place, whoIsHere) {
      hello = whoIsHere;
      told.push('connect');
      return link;
    },
  });
}

describe('a session', () => {
  test('connects once, in the background, and greets only when the client has begun', async () => {
    const agent = session(init());
    agent.open();
    await until(() => told.includes('warm'), { what: 'the link to be warmed' });
    expect(told).toEqual(['connect', 'warm']);
    agent.begin();
    agent.begin();
    await until(() => told.includes('greet'), { what: 'the greeting' });
    await agent.workplace();
    expect(told).toEqual(['connect', 'warm', 'greet']);
    await agent.close();
    expect(told.at(-1)).toBe('close');
  });

  test('says who it is, and reads the branch anew for every connection', async () => {
    const repo = init();
    env.CLAUDE_CODE_SESSION_ID = 'c0ffee';
    const agent = session(repo, { role: 'agent', agent: 'feat-x' });
    agent.meet('claude-code 2.1');
    await agent.workplace();
    const first = await hello();
    expect(helloSchema.parse(first)).toEqual(first);
    expect(first).toMatchObject({
      kind: 'agent',
      role: 'agent',
      agent: 'feat-x',
      worktree: repo,
      branch: 'feat/a',
      client: 'claude-code 2.1',
      client_session: 'c0ffee',
      pid: process.pid,
      pid_started: processStart(process.pid),
    });
    execFileSync('git', ['symbolic-ref', 'HEAD', 'refs/heads/feat/b'], { cwd: repo, env });
    expect(await hello()).toEqual({ ...first, branch: 'feat/b' });
  });

  test('outside a repository fails each call, until the folder is in one', async () => {
    const repo = join(folder, 'repo');
    mkdirSync(repo);
    const agent = session(repo);
    agent.open();
    agent.begin();
    await expect(agent.workplace()).rejects.toThrow(/not in a git repository/);
    await expect(agent.workplace()).rejects.toThrow(/not in a git repository/);
    expect(told).toEqual([]);
    init();
    expect((await agent.workplace()).tree.root).toBe(repo);
  });

  test('passes on which mail was read and which poll was cancelled', async () => {
    const agent = session(init());
    agent.acknowledge([1]);
    await agent.workplace();
    agent.acknowledge([2, 3]);
    agent.takeBack('x');
    expect(told).toEqual(['connect', 'ack {"batches":[2,3]}', 'drop {"call":"x"}']);
  });

  test('knows how much mail waits, unless that cannot be learned', async () => {
    const agent = session(init());
    const refused = new PawError('refused', 'no');
    expect(await agent.unread(refused)).toBe(0);
    await agent.workplace();
    expect(await agent.unread(refused)).toBe(3);
    expect(await agent.unread(new PawError('unavailable', 'gone'))).toBe(0);
    inbox = () => Promise.reject(new Error('x'));
    expect(await agent.unread(refused)).toBe(0);
  });

  test('does not wait for the count of mail when it ends', async () => {
    const agent = session(init());
    await agent.workplace();
    inbox = (signal) =>
      new Promise((_resolve, reject) => {
        told.push('asked');
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    const counted = agent.unread(new PawError('refused', 'no'));
    await until(() => told.includes('asked'), { what: 'the question' });
    await agent.close();
    expect(await counted).toBe(0);
  });
});
