import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { expect } from 'vitest';
import { type ReportedFact, startWatcher, type Watcher, type WatcherOptions } from '../../src/watch/watcher.ts';
import { CHECKOUT } from '../harness/dist.ts';
import type { TestRepository } from '../harness/repository.ts';
import type { Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';

export type FactOf<K extends ReportedFact['kind']> = Extract<ReportedFact, { kind: K }>;

/** A watcher whose facts and problems are kept. */
export interface Watching {
  watcher: Watcher;
  facts: ReportedFact[];
  problems: string[];
  /** What the first look at everything has told. */
  first: readonly ReportedFact[];
  /** All facts of a kind, of one worktree if given, in the order they came. */
  of<K extends ReportedFact['kind']>(kind: K, worktree?: string): FactOf<K>[];
  /** Waits, without asking for a look, until a fact of this kind satisfies the condition. */
  seen<K extends ReportedFact['kind']>(kind: K, holds: (fact: FactOf<K>) => boolean): Promise<FactOf<K>>;
  /** Forgets what came so far. */
  clear(): void;
}

/** Bundles the worker as it is shipped, with the native package beside it. */
export async function bundleWorker(folder: string): Promise<URL> {
  mkdirSync(folder, { recursive: true });
  symlinkSync(join(CHECKOUT, 'node_modules'), join(folder, 'node_modules'), 'dir');
  const outfile = join(folder, 'watch-worker.mjs');
  await build({
    entryPoints: [join(CHECKOUT, 'src/watch/watch-worker.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'warning',
  });
  return pathToFileURL(outfile);
}

/**
 * Starts a watcher that is closed with the sandbox, and waits until everything is watched. That there are no files
 * at the start is left out of its facts, so that a list without files is one that has become empty.
 */
export async function watch(
  sandbox: Sandbox,
  repository: TestRepository,
  url: URL,
  options: Partial<WatcherOptions> = {},
): Promise<Watching> {
  const facts: ReportedFact[] = [];
  const problems: string[] = [];
  const watcher = startWatcher({
    commonDir: repository.commonDir,
    base: 'main',
    known: [],
    env: sandbox.env,
    onFact: (fact) => facts.push(fact),
    onProblem: (error) => problems.push(error.message),
    url,
    ...options,
  });
  sandbox.defer(() => watcher.close());
  await watcher.look();
  const first = [...facts];
  facts.splice(0, facts.length, ...first.filter((fact) => !isEmptyList(fact)));

  function of<K extends ReportedFact['kind']>(kind: K, worktree?: string): FactOf<K>[] {
    return facts.filter(
      (fact): fact is FactOf<K> =>
        fact.kind === kind && (worktree === undefined || ('worktree' in fact && fact.worktree === worktree)),
    );
  }

  return {
    watcher,
    facts,
    problems,
    first,
    of,
    seen: (kind, holds) => until(() => of(kind).find(holds), { what: `a fact of kind ${kind}` }),
    clear: () => void facts.splice(0),
  };
}

function isEmptyList(fact: ReportedFact): boolean {
  return (fact.kind === 'changed' || fact.kind === 'branchFiles') && fact.files.length === 0;
}

/** The only move told since, after a look. */
export async function onlyMove({ watcher, of }: Watching, worktree: string): Promise<FactOf<'moved'> | undefined> {
  await watcher.look();
  expect(of('moved', worktree).length).toBeLessThanOrEqual(1);
  return of('moved', worktree)[0];
}
