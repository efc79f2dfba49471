import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Engine } from '../../src/coordinator/engine.ts';
import { RepositoryFacts } from '../../src/coordinator/repository-facts.ts';
import { type PublishInput, publishSchema } from '../../src/protocol/publish.ts';
import { DEFAULT_CONFIG } from '../../src/state/config.ts';
import type { PublishFacts } from '../../src/state/messages/publish.ts';
import { createState } from '../../src/state/state.ts';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';

const NOBODYS = '0123456789abcdef0123456789abcdef01234567';

let sandbox: Sandbox;
let repository: TestRepository;
let facts: RepositoryFacts;
let main: string;

beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository({ worktrees: ['feat/a'] });
  main = repository.main;
  const journal = {
    failure: undefined,
    durable: 0,
    append: () => 'ok' as const,
    synced: () => Promise.resolve(),
    written: () => Promise.resolve(),
    flush: () => Promise.resolve(),
    reopen: () => undefined,
  };
  const state = createState();
  const engine = new Engine({ state, journal, reload: createState, config: DEFAULT_CONFIG, origin: 'test' });
  const { commonDir } = repository;
  const { signal } = new AbortController();
  facts = new RepositoryFacts({ commonDir, engine, env: sandbox.env, signal, configuredBase: () => undefined });
});
afterEach(() => sandbox.dispose());

function factsFor(input: Record<string, unknown>): Promise<PublishFacts> {
  const parsed: PublishInput = publishSchema.parse(input);
  return facts.factsFor(parsed, 'main');
}

describe('a commit that was given', () => {
  test('is found in full and short form, whichever worktree it was made in', async () => {
    const commit = await repository.commit(repository.worktree('feat/a'), { 'a.txt': 'a' });
    for (const given of [commit, commit.slice(0, 7), commit.toUpperCase()]) {
      expect(await factsFor({ type: 'artifact', commit: given })).toEqual({ commit });
      expect(await factsFor({ type: 'verified', to: ['feat/a'], commit: given })).toEqual({ commit });
    }
  });

  test('is left as it was given if there is none, or another kind of object', async () => {
    const tree = await repository.git(main, 'rev-parse', 'HEAD^{tree}');
    for (const given of [NOBODYS, NOBODYS.slice(0, 7), tree])
      for (const type of ['artifact', 'verified', 'advanced-main'])
        expect(await factsFor({ type, ...shapeOf(type), commit: given })).toEqual({});
  });
});

describe('a merge without a commit', () => {
  test('is the tip of the base it names, or of the default one; nothing if there is no such branch', async () => {
    const baseTip = await repository.commit(main, { 'b.txt': 'b' });
    const merged = { type: 'advanced-main', merged_branch: 'never-seen' };
    expect(await factsFor(merged)).toEqual({ baseTip });
    const other = await repository.git(repository.worktree('feat/a'), 'rev-parse', 'HEAD');
    expect(await factsFor({ ...merged, base: 'feat/a' })).toEqual({ baseTip: other });
    expect(await factsFor({ ...merged, base: 'nope' })).toEqual({});
  });
});

function shapeOf(type: string): object {
  if (type === 'verified') return { to: ['feat/a'] };
  return type === 'advanced-main' ? { merged_branch: 'main' } : {};
}
