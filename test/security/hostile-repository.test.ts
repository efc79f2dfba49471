import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runCli } from '../harness/cli.ts';
import { openSession } from '../harness/mcp.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';

/* What a repository that was cloned from somebody can have run before anybody commits in it: nothing. */

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await makeSandbox();
});
afterEach(() => sandbox.dispose());

it('runs nothing of what its files name, and doctor shows the command that a commit would run', async () => {
  const pwned = join(sandbox.root, 'pwned');
  const node = ['node', '-e', `require('node:fs').writeFileSync(${JSON.stringify(pwned)}, '')`];
  const hook = { type: 'command', command: `touch ${pwned}; paw-coordinator hook Stop` };
  const origin = await sandbox.repository({
    files: {
      '.paw/config.json': JSON.stringify({ verify: { command: ['touch', pwned, "it's"] }, worker: { command: node } }),
      '.mcp.json': JSON.stringify({ mcpServers: { paw: { command: node[0], args: node.slice(1) } } }),
      '.claude/settings.json': JSON.stringify({ hooks: { Stop: [{ hooks: [hook] }] } }),
      'dist/cli.js': node[2] ?? '',
    },
  });
  const clone = join(sandbox.root, 'clone');
  await origin.git(sandbox.root, 'clone', '--quiet', origin.main, clone);
  await origin.git(clone, 'worktree', 'add', '--quiet', '-b', 'feat/a', join(sandbox.root, 'a'));
  const session = await openSession(sandbox, join(sandbox.root, 'a'));
  expect(await session.call('status')).toMatchObject({ you: 'feat-a' });
  const doctor = await runCli(sandbox, clone, ['doctor']);
  expect(doctor.stdout).toContain(`verify.command runs at each commit: touch ${pwned} 'it'\\''s'`);
  expect(await runCli(sandbox, clone, ['status'])).toMatchObject({ code: 0 });
  expect(await runCli(sandbox, clone, ['init', '--client', 'claude-code', '--hooks'])).toMatchObject({ code: 1 });
  expect(await runCli(sandbox, clone, ['stop'])).toMatchObject({ code: 0 });
  expect(existsSync(pwned)).toBe(false);
});
