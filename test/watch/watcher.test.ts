import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { factSchema, type WatchJob } from '../../src/watch/facts.ts';
import { type ReportedFact, startWatcher, type WatcherOptions } from '../../src/watch/watcher.ts';
import { CHECKOUT } from '../harness/dist.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';
import { bundleWorker, watch } from './support.ts';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await makeSandbox();
});
afterEach(() => sandbox.dispose());

function bundle(): Promise<URL> {
  return bundleWorker(join(sandbox.root, 'bundle'));
}

describe('the handle', () => {
  test('many watchers can follow one another in one process', async () => {
    const repository = await sandbox.repository({ worktrees: ['feat'] });
    const url = await bundle();
    for (let round = 0; round < 3; round += 1) {
      const told = await watch(sandbox, repository, url);
      expect(told.of('mode').map(({ how }) => how)).toEqual(['events', 'events']);
      await told.watcher.close();
      await told.watcher.look();
      expect(told.problems).toEqual([]);
    }
  });

  test('no fact comes after close, and closing at once is fine', async () => {
    const repository = await sandbox.repository({ worktrees: ['feat'] });
    const facts: ReportedFact[] = [];
    const onFact = (fact: ReportedFact): void => void facts.push(fact);
    const watcher = startWatcher({ ...base(repository.commonDir), url: await bundle(), onFact });
    const look = watcher.look();
    await Promise.all([watcher.close(), watcher.close(), look]);
    expect(facts).toEqual([]);
  });

  test('a look can be at one worktree', async () => {
    const repository = await sandbox.repository({ worktrees: ['one', 'two'] });
    const told = await watch(sandbox, repository, await bundle());
    await writeFile(join(repository.worktree('one'), 'x'), '');
    await told.watcher.look(repository.worktree('one'));
    expect(told.of('changed').map(({ worktree }) => worktree)).toEqual([repository.worktree('one')]);
    await told.watcher.look(join(sandbox.root, 'nowhere'));
  });
});

describe('a thread that ends by itself', () => {
  test('is replaced once, with what it had told; then watching is given up', async () => {
    const url = await script(
      `import { parentPort, workerData } from 'node:worker_threads';
       const { known } = workerData;
       const worktree = '/w';
       if (known.length === 0) {
         parentPort.postMessage({ kind: 'moved', worktree, branch: 'b', tip: 't1', commits: [], files: [] });
         parentPort.postMessage({ kind: 'failed', message: 'first' });
       } else {
         parentPort.postMessage({ kind: 'problem', message: JSON.stringify(known) });
         parentPort.postMessage({ kind: 'failed', message: 'second' });
       }`,
    );
    const messages: string[] = [];
    const problems: string[] = [];
    const watcher = startWatcher({
      ...base(sandbox.root),
      url,
      onFact: (fact) => fact.kind === 'problem' && messages.push(fact.message),
      onProblem: (error) => problems.push(error.message),
    });
    const look = watcher.look();
    await until(() => problems.length === 2, { what: 'both ends to be told' });
    await look;
    expect(problems[0]).toMatch(/ended \(first\) and was started again/);
    expect(problems[1]).toMatch(/ended again \(second\).*paw-coordinator stop/);
    expect(messages).toEqual([JSON.stringify([{ worktree: '/w', tip: 't1', branch: 'b' }])]);
    await watcher.close();
  });

  test('a worker that is not there is a problem, and no crash', async () => {
    const problems: string[] = [];
    const onProblem = (error: Error): void => void problems.push(error.message);
    const watcher = startWatcher({ ...base(sandbox.root), url: new URL('file:///no/worker.js'), onProblem });
    await watcher.look();
    await until(() => problems.length === 2, { what: 'watching to be given up' });
    await watcher.close();
  });

  test('a defect in the worker ends its thread in order, and the process lives', async () => {
    const repository = await sandbox.repository({ worktrees: ['feat'] });
    const workerData: WatchJob = { commonDir: repository.commonDir, base: 'main', known: [], env: sandbox.env };
    const url = await bundle();
    const worker = new Worker(url, { workerData });
    const facts: string[] = [];
    worker.on('message', (message: unknown) => facts.push(factSchema.parse(message).kind));
    await until(() => facts.filter((kind) => kind === 'mode').length === 2, { what: 'both worktrees to be watched' });
    worker.postMessage({ kind: 'nonsense' });
    expect(await once(worker, 'exit')).toEqual([0]);
    expect(facts).toContain('failed');
    // The native part is still in order.
    const told = await watch(sandbox, repository, url);
    expect(told.of('mode').map(({ how }) => how)).toEqual(['events', 'events']);
  });
});

test('a process that exits while it watches exits with its own code', async () => {
  const repository = await sandbox.repository({ worktrees: ['feat'] });
  await bundle();
  const program = join(sandbox.root, 'bundle', 'program.mjs');
  await build({
    stdin: {
      contents: `import { startWatcher } from './src/watch/watcher.ts';
        const watcher = startWatcher({
          commonDir: ${JSON.stringify(repository.commonDir)}, base: 'main', known: [], env: process.env,
          onFact: () => {}, onProblem: (error) => console.error(error), url: new URL('./watch-worker.mjs', import.meta.url),
        });
        await watcher.look();
        process.exit(7);`,
      resolveDir: CHECKOUT,
    },
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
  });
  const child = spawn(process.execPath, [program], { env: sandbox.env, stdio: ['ignore', 'inherit', 'inherit'] });
  expect(await once(child, 'exit')).toEqual([7, null]);
});

function base(commonDir: string): WatcherOptions {
  return { commonDir, base: 'main', known: [], env: sandbox.env, onFact: () => {}, onProblem: () => {} };
}

async function script(content: string): Promise<URL> {
  const file = join(sandbox.root, 'script.mjs');
  await writeFile(file, content);
  return pathToFileURL(file);
}
