import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configure, linkTo } from '../e2e/coordinators.ts';
import { runCli } from '../harness/cli.ts';
import { openSession, type Session } from '../harness/mcp.ts';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';

/* A repository can hold links to anywhere. Nothing is written, claimed or watched through one that leads out of it. */

const KEYS = 'ssh-ed25519 AAAA me@home\n';

let sandbox: Sandbox;
let repository: TestRepository;
let ssh: string;
let session: Session | undefined;
beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository({ worktrees: ['feat/a'] });
  ssh = join(sandbox.env.HOME ?? '', '.ssh');
  mkdirSync(ssh, { mode: 0o700 });
  writeFileSync(join(ssh, 'authorized_keys'), KEYS);
  session = undefined;
});
afterEach(() => sandbox.dispose());

async function agent(): Promise<Session> {
  session ??= await openSession(sandbox, repository.worktree('feat/a'));
  return session;
}

function log(): string {
  return readFileSync(join(repository.stateDir, 'coordinator.log'), 'utf8');
}

describe('lessons', () => {
  it.each(['.paw/learnings.md', '.paw'])('are never written through %s to the keys of its user', async (link) => {
    if (link === '.paw') {
      symlinkSync(ssh, join(repository.main, '.paw'));
      symlinkSync('authorized_keys', join(ssh, 'learnings.md'));
    } else {
      mkdirSync(join(repository.main, '.paw'));
      symlinkSync(join(ssh, 'authorized_keys'), join(repository.main, link));
    }
    const a = await agent();
    await a.call('learnings', { record: 'ssh-ed25519 EVIL', category: 'convention' });
    await a.close();
    const person = linkTo(sandbox, repository, { kind: 'person' });
    await person.request('stop', {});
    await person.close();
    await until(() => log().includes('"stopped"'), { what: 'the coordinator to end in order' });
    expect(readFileSync(join(ssh, 'authorized_keys'), 'utf8')).toBe(KEYS);
    expect(readdirSync(ssh).filter((name) => name !== 'authorized_keys' && name !== 'learnings.md')).toEqual([]);
    expect(log()).toContain(`a link to ${join(ssh, 'authorized_keys')}, so the lessons were not written there`);
    const found = await runCli(sandbox, repository.main, ['learnings']);
    expect(found.stdout).toContain('ssh-ed25519 EVIL');
  });

  it("are never written into git's own files", async () => {
    configure(repository, { learnings: { flushSeconds: 0 } });
    const hook = join(repository.commonDir, 'hooks', 'post-checkout');
    mkdirSync(join(repository.commonDir, 'hooks'), { recursive: true });
    writeFileSync(hook, '#!/bin/sh\n');
    symlinkSync('../.git/hooks/post-checkout', join(repository.main, '.paw', 'learnings.md'));
    await (await agent()).call('learnings', { record: 'touch pwned', category: 'convention' });
    await until(() => log().includes('so the lessons were not written there'), { what: 'the refusal in the log' });
    expect(readFileSync(hook, 'utf8')).toBe('#!/bin/sh\n');
  });
});

describe('a claim', () => {
  it('through a link that leads out is refused, in every form', async () => {
    const folder = repository.worktree('feat/a');
    symlinkSync(ssh, join(folder, 'out'));
    symlinkSync(join(ssh, 'authorized_keys'), join(folder, 'keys'));
    symlinkSync('out', join(folder, 'further'));
    const a = await agent();
    for (const path of ['out/x', 'out', 'keys', 'out/*.pub', 'further/authorized_keys', join(ssh, 'x'), '../../x'])
      await expect(a.call('claim', { paths: [path] })).rejects.toThrow(/lies outside your worktree/);
    expect((await a.call('status')).claims).toBeUndefined();
  });
});

describe('watching', () => {
  it('tells of the link, and of nothing behind it', async () => {
    symlinkSync(ssh, join(repository.worktree('feat/a'), 'out'));
    const a = await agent();
    const files = async () => (await a.call('status', { agent: 'feat-a', detail: 'full' })).agents[0]?.modified_files;
    await until(async () => JSON.stringify(await files()) === '["out"]', { what: 'the link to be seen' });
    appendFileSync(join(ssh, 'authorized_keys'), 'more\n');
    writeFileSync(join(ssh, 'id'), 'secret');
    // What comes after is seen, so what came before was looked at.
    writeFileSync(join(repository.worktree('feat/a'), 'own.txt'), 'own');
    await until(async () => (await files())?.toString().includes('own.txt'), { what: 'the next change' });
    expect(await files()).toEqual(['out', 'own.txt']);
  });
});

describe('init', () => {
  it('shows where a link leads before it writes, and makes no file through one that leads nowhere', async () => {
    const home = sandbox.env.HOME ?? '';
    mkdirSync(join(home, '.claude'));
    writeFileSync(join(home, '.claude', 'settings.json'), '{}');
    symlinkSync(join(home, '.claude'), join(repository.main, '.claude'));
    const args = ['init', '--client', 'claude-code', '--hooks'];
    const asked = await runCli(sandbox, repository.main, args);
    expect(asked).toMatchObject({ code: 1, stderr: expect.stringContaining('--yes') });
    expect(asked.stdout).toContain(
      `.claude/settings.json (hooks of Claude Code, by a link in ${join(home, '.claude', 'settings.json')})`,
    );
    expect(asked.stdout).toContain('.mcp.json (Claude Code, a new file)');
    expect(readFileSync(join(home, '.claude', 'settings.json'), 'utf8')).toBe('{}');
    rmSync(join(repository.main, '.claude'));
    symlinkSync(join(home, 'new.json'), join(repository.main, '.mcp.json'));
    expect(await runCli(sandbox, repository.main, ['init', '--client', 'claude-code', '--yes'])).toMatchObject({
      code: 1,
    });
    expect(readdirSync(home)).not.toContain('new.json');
  });
});
