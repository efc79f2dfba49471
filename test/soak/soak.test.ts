import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { growth } from './growth.ts';
import { runSoak, type SoakReport } from './soak.ts';

/*
 * The short form of the soak; `npm run soak` is the long one. What is looked at is what is left at rest, after garbage
 * was collected, so nothing here depends on how quick the machine is.
 */

const AGENTS = 20;
const STDIO = 2;
/** Enough for several snapshots within the test. */
const NOTES = { count: 4, chars: 30_000 };
const ROUNDS = 8;
const BATCHES = 6;
/** Level of what the coordinator logs as an error. */
const LOG_ERROR = 50;
const MIB = 1024 * 1024;
/** A few kilobytes kept for each round would be more. */
const GROWTH_MAX_BYTES = 3 * MIB;
/** What the engine and the allocator may come to hold, beyond all that is in use. */
const RSS_MAX_BYTES = 512 * MIB;
/** A snapshot that is being made, or a git that is just running, has some open. */
const OPEN_FILES_MAX_GROWTH = 8;
/** Two snapshots' worth of journal are kept, and the one that is being filled. */
const JOURNAL_MAX_BYTES = 3.5 * 32 * MIB;
/** Of a state that retention keeps at 8 MiB of messages. */
const SNAPSHOT_MAX_BYTES = 24 * MIB;

describe(`${AGENTS} agents at work in as many worktrees`, () => {
  let sandbox: Sandbox;
  let report: SoakReport;
  beforeAll(async () => {
    sandbox = await makeSandbox();
    report = await runSoak(sandbox, {
      agents: AGENTS,
      stdio: STDIO,
      notes: NOTES,
      rounds: ROUNDS,
      goOn: (done) => done < BATCHES,
    });
  });
  afterAll(() => sandbox.dispose());

  test('are handed every note exactly once', () => {
    expect(report.wrong).toEqual([]);
    expect(report.notes).toBe(AGENTS * ROUNDS * BATCHES * NOTES.count);
  });

  test('leave one and the same coordinator in office, and no error in its log', () => {
    expect(report.sameCoordinator).toBe(true);
    expect(report.log.filter(({ level }) => level >= LOG_ERROR)).toEqual([]);
  });

  test.each(['coordinator', 'server'] as const)('leave no memory and no file in use: %s', (name) => {
    const held = report.checkpoints.map((checkpoint) => checkpoint[name]);
    expect(growth(held.map(({ used }) => used))).toBeLessThan(GROWTH_MAX_BYTES);
    expect(growth(held.map(({ openFiles }) => openFiles))).toBeLessThanOrEqual(OPEN_FILES_MAX_GROWTH);
    expect(Math.max(...held.map(({ rss }) => rss))).toBeLessThan(RSS_MAX_BYTES);
  });

  test('have the journal folded into snapshots, so that the state folder stays as large as it is', () => {
    expect(report.snapshots.length).toBeGreaterThanOrEqual(2);
    expect(Math.max(...report.snapshots.map(({ bytes }) => bytes))).toBeLessThan(SNAPSHOT_MAX_BYTES);
    expect(Math.max(...report.checkpoints.map(({ journalBytes }) => journalBytes))).toBeLessThan(JOURNAL_MAX_BYTES);
  });
});
