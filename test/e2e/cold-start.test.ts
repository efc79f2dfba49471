import { once } from 'node:events';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli, startCli } from '../harness/cli.ts';
import { openSession } from '../harness/mcp.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';
import { coordinatorsOf, electionsOf, holderOf } from './coordinators.ts';

const STARTERS = 20;

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await makeSandbox();
});
afterEach(() => sandbox.dispose());

describe('many at once, with no coordinator', () => {
  it('give one coordinator, and every session is answered', async () => {
    const repository = await sandbox.repository();
    const began = performance.now();
    const answers = await Promise.all(
      Array.from({ length: STARTERS }, async (_, index) => {
        const args = ['--agent', `w${index}`];
        const session = await openSession(sandbox, repository.main, { args, era: index % 2 ? 'legacy' : 'modern' });
        return session.call('status');
      }),
    );
    console.log(`${STARTERS} cold sessions were all answered after ${Math.round(performance.now() - began)} ms.`);
    expect(answers.map(({ you }) => you)).toEqual(answers.map((_, index) => `w${index}`));
    expect(coordinatorsOf(repository).map(({ pid }) => pid)).toEqual([holderOf(repository).pid]);
    expect(electionsOf(repository)).toHaveLength(1);
  });

  it('of bare coordinator processes one wins, and the others name it', async () => {
    const repository = await sandbox.repository();
    const started = Array.from({ length: STARTERS }, () =>
      startCli(sandbox, repository.main, ['serve', '--common-dir', repository.commonDir, '--keep']),
    );
    const losers = started.map(async (child) => {
      const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
      return { pid: child.pid, code, said };
    });
    const lost: Awaited<(typeof losers)[number]>[] = [];
    await new Promise<void>((allButOne) => {
      for (const loser of losers)
        void loser.then((end) => {
          lost.push(end);
          if (lost.length === STARTERS - 1) allButOne();
        });
    });
    const { pid, socket } = holderOf(repository);
    expect(lost.map((loser) => loser.pid)).not.toContain(pid);
    expect(coordinatorsOf(repository).map((running) => running.pid)).toEqual([pid]);
    expect(electionsOf(repository)).toEqual([1]);
    for (const { code, said } of lost) {
      expect(code).toBe(1);
      expect(said).toContain(`process ${pid} `);
      expect(said).toContain(socket);
    }
    expect(await runCli(sandbox, repository.main, ['start'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`is running already (process ${pid})`),
    });
  });
});

it('sessions of different environments and folders meet the same coordinator', async () => {
  const repository = await sandbox.repository({ worktrees: ['feat/a', 'feat/b'], files: { 'src/deep/x.ts': 'x\n' } });
  const [inA, inB] = [repository.worktree('feat/a'), repository.worktree('feat/b')];
  const elsewhere = (name: string): string => {
    const folder = join(sandbox.root, name);
    mkdirSync(folder, { mode: 0o700 });
    return folder;
  };
  const link = join(sandbox.root, 'link-to-main');
  symlinkSync(repository.main, link);
  const places = {
    main: { folder: repository.main, env: {} },
    linked: { folder: inA, env: { XDG_RUNTIME_DIR: '' } },
    subfolder: { folder: join(inA, 'src/deep'), env: { TMPDIR: elsewhere('other-tmp') } },
    'other-home': { folder: inB, env: { HOME: elsewhere('other-home'), XDG_RUNTIME_DIR: elsewhere('other-run') } },
    symlinked: { folder: join(link, 'src'), env: { XDG_RUNTIME_DIR: '' } },
    'git-dir': { folder: inB, env: { GIT_DIR: '/nowhere/.git', GIT_WORK_TREE: '/nowhere' } },
  };
  const names = Object.keys(places);
  const sessions = await Promise.all(
    Object.entries(places).map(([name, { folder, env }]) =>
      openSession(sandbox, folder, { env, args: ['--agent', name] }),
    ),
  );
  await Promise.all(sessions.map((session) => session.call('status')));
  for (const session of sessions) {
    const { agents } = await session.call('status');
    expect(agents.filter((row) => row.online).map((row) => row.agent_id)).toEqual([...names].sort());
  }
  await until(() => coordinatorsOf(repository).length === 1, { what: 'one coordinator' });
});

it('a second repository has a coordinator of its own, and the two never meet', async () => {
  const here = await sandbox.repository({ worktrees: ['feat/a'] });
  const there = await sandbox.repository({ worktrees: ['feat/a', 'feat/there'] });
  const [a, b] = await Promise.all([
    openSession(sandbox, here.worktree('feat/a')),
    openSession(sandbox, there.worktree('feat/a')),
  ]);
  await Promise.all([a.call('claim', { paths: ['src'] }), b.call('claim', { paths: ['src'] })]).then((claims) => {
    expect(claims).toMatchObject([{ granted: true }, { granted: true }]);
  });
  expect(await a.call('publish', { type: 'artifact', text: 'here' })).toMatchObject({ seq: 1 });
  expect(await b.call('publish', { type: 'artifact', text: 'there' })).toMatchObject({ seq: 1 });
  await expect(a.call('publish', { type: 'note', to: 'feat-there', text: 'hello' })).rejects.toThrow('feat-there');
  expect((await a.call('poll')).messages).toEqual([]);
  expect((await b.call('poll')).messages).toEqual([]);
  expect(holderOf(here).pid).not.toBe(holderOf(there).pid);
  const counts = (): number[] => [coordinatorsOf(here), coordinatorsOf(there)].map(({ length }) => length);
  // A second one that was started at the same moment finds the first in office, and ends.
  await until(() => counts().join() === '1,1', { what: 'one coordinator each' });
});
