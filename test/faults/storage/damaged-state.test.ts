import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { layoutOf, type StateLayout } from '../../../src/repository/layout.ts';
import { fold } from '../../../src/storage/fold.ts';
import { stateRules } from '../../../src/storage/state-rules.ts';
import { coordinatorsOf, electionsOf, linkTo, readLog } from '../../e2e/coordinators.ts';
import { type CliResult, runCli } from '../../harness/cli.ts';
import { openSession } from '../../harness/mcp.ts';
import type { TestRepository } from '../../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../../harness/sandbox.ts';
import { readFiles, segmentFiles } from './real-state.ts';

/*
 * A state folder with two snapshots and a journal, damaged while no coordinator runs. A start has everything, or is
 * refused with the file and the remedy and changes nothing; `doctor --repair` copies everything before it goes on with
 * what can be read. Calls that meet a refusal start one coordinator each at most.
 */

/** Notes in the previous snapshot, in the newest, and behind it. */
const PARTS = 3;
const NOTES_EACH = 3;
const NOTES = Array.from({ length: PARTS * NOTES_EACH }, (_, index) => `note ${index + 1}`);
const IN_SNAPSHOTS = (PARTS - 1) * NOTES_EACH;

type Harm = (state: StateLayout) => unknown;
/** The file or folder that a message must name. */
type Named = keyof StateLayout | 'last segment';

let sandbox: Sandbox;
let repository: TestRepository;
let layout: StateLayout;
/** The state folder as it was before any damage. */
let saved: string;
beforeAll(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository({ worktrees: ['feat/a'] });
  layout = layoutOf(repository.stateDir);
  for (let part = 0; part < PARTS; part += 1) {
    await run('start');
    const link = linkTo(sandbox, repository);
    for (const text of NOTES.slice(part * NOTES_EACH, (part + 1) * NOTES_EACH))
      await link.request('publish', { input: { type: 'note', text, to: ['feat/a'] } });
    await link.close();
    await run('stop');
    if (part < PARTS - 1) await makeSnapshot();
  }
  saved = join(sandbox.root, 'saved');
  cpSync(layout.folder, saved, { recursive: true });
});
beforeEach(() => {
  rmSync(layout.folder, { recursive: true });
  cpSync(saved, layout.folder, { recursive: true });
});
afterEach(() => run('stop'));
afterAll(() => sandbox.dispose());

function cli(...args: string[]): Promise<CliResult> {
  return runCli(sandbox, repository.main, args);
}

/** Runs a command that must succeed; returns what it printed. */
async function run(...args: string[]): Promise<string> {
  const result = await cli(...args);
  expect(result, args.join(' ')).toMatchObject({ code: 0 });
  return result.stdout;
}

/** Makes a snapshot of everything there is, as a coordinator does after some thousand records. */
async function makeSnapshot(): Promise<void> {
  const last = readFileSync(lastSegment(layout), 'utf8').trimEnd().split('\n').at(-1) ?? '';
  await fold({ stateDir: layout.folder, through: Number(/"n":(\d+)/.exec(last)?.[1]) }, stateRules);
}

async function notes(): Promise<string[]> {
  const log = await readLog(sandbox, repository);
  return log.map(({ payload }) => ('text' in payload ? String(payload.text) : ''));
}

describe('one snapshot that cannot be used: everything is there, and the log names the file', () => {
  it.each<[string, Harm]>([
    ['missing', ({ snapshot }) => rmSync(snapshot)],
    ['empty', ({ snapshot }) => truncateSync(snapshot)],
    ['truncated', ({ snapshot }) => halve(snapshot)],
    ['with a wrong byte', ({ snapshot }) => scratch(snapshot)],
  ])('%s', async (_, harm) => {
    harm(layout);
    await run('start');
    expect(await notes()).toEqual(NOTES);
    expect(readFileSync(layout.log, 'utf8')).toContain(`"file":"${layout.snapshot}"`);
  });
});

describe('a last segment of which nothing is left: everything before it is there, and the log names the file', () => {
  it.each<[string, Harm]>([
    ['empty', (state) => truncateSync(lastSegment(state))],
    ['cut in its first line', (state) => truncateSync(lastSegment(state), 9)],
  ])('%s', async (_, harm) => {
    const file = lastSegment(layout);
    harm(layout);
    await run('start');
    expect(await notes()).toEqual(NOTES.slice(0, IN_SNAPSHOTS));
    expect(readFileSync(layout.log, 'utf8')).toContain(`"file":"${file}"`);
  });
});

describe('what cannot be read as a whole: no start, the file and the remedy, and a repair that keeps a copy', () => {
  it.each<[string, Harm, Named, number]>([
    ['both snapshots missing', (state) => snapshotsOf(state).map((file) => rmSync(file)), 'journal', 0],
    ['both snapshots truncated', (state) => snapshotsOf(state).map(halve), 'snapshot', 0],
    ['both snapshots and the journal with wrong bytes', (state) => filesOf(state).map(scratch), 'snapshot', 0],
    [
      'the newest snapshot and the journal behind it with wrong bytes',
      (state) => [state.snapshot, lastSegment(state)].map(scratch),
      'last segment',
      IN_SNAPSHOTS,
    ],
    ['no segment', (state) => segmentFiles(state).map((file) => rmSync(file)), 'journal', IN_SNAPSHOTS],
  ])('%s', async (_, harm, named, kept) => {
    harm(layout);
    const before = contents();
    const refused = await cli('start');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(pathOf(named));
    expect(refused.stderr).toContain('paw-coordinator doctor --repair');
    expect(coordinatorsOf(repository)).toEqual([]);
    expect(contents()).toEqual(before);

    const said = await run('doctor', '--repair');

    const copies = /A copy of everything as it was is in (.+)\. Nothing/.exec(said)?.[1] ?? '';
    for (const [name, bytes] of before) expect(readFileSync(join(copies, name), 'latin1') === bytes, name).toBe(true);
    await run('start');
    expect((await notes()).slice(0, kept)).toEqual(NOTES.slice(0, kept));
  });
});

describe('a file of a later version: no start and no repair, but what to do', () => {
  it.each<[string, Harm, Named]>([
    ['the snapshot', ({ snapshot }) => future(snapshot), 'snapshot'],
    [
      'the previous snapshot, with the newest missing',
      ({ snapshot, previousSnapshot }) => [rmSync(snapshot), future(previousSnapshot)],
      'previousSnapshot',
    ],
  ])('%s', async (_, harm, named) => {
    harm(layout);
    const before = contents();
    for (const refused of [await cli('start'), await cli('doctor', '--repair')]) {
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain(`${pathOf(named)} has format 99`);
      expect(refused.stderr).toContain('Update paw-coordinator');
    }
    const { code, stdout } = await cli('doctor');
    expect(code).toBe(1);
    expect(stdout).toContain('Update paw-coordinator');
    expect(stdout).not.toContain('--repair');
    expect(coordinatorsOf(repository)).toEqual([]);
    expect(contents()).toEqual(before);
  });
});

it('a session tells the reason at each call, starts one coordinator for each at most, and goes on after the repair', async () => {
  const CALLS = 3;
  scratch(lastSegment(layout));
  const before = electionsOf(repository).at(-1) ?? 0;
  const session = await openSession(sandbox, repository.worktree('feat/a'));
  for (let call = 1; call <= CALLS; call += 1) {
    const refused = session.call('status');
    await expect(refused).rejects.toThrow(lastSegment(layout));
    await expect(refused).rejects.toThrow('paw-coordinator doctor --repair');
  }
  // The session itself starts one as soon as it begins, without a call.
  expect((electionsOf(repository).at(-1) ?? 0) - before).toBeLessThanOrEqual(CALLS + 1);
  await run('doctor', '--repair');
  expect(await session.call('status')).toMatchObject({ you: 'feat-a' });
  await session.close();
});

function pathOf(named: Named): string {
  return named === 'last segment' ? lastSegment(layout) : layout[named];
}

function halve(file: string): void {
  truncateSync(file, Math.floor(readFileSync(file).length / 2));
}

/** Changes a byte in the middle. */
function scratch(file: string): void {
  const bytes = readFileSync(file);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 0x01;
  writeFileSync(file, bytes);
}

function future(file: string): void {
  writeFileSync(file, JSON.stringify({ format: 99, last: 1, state: {} }));
}

function snapshotsOf({ snapshot, previousSnapshot }: StateLayout): string[] {
  return [snapshot, previousSnapshot];
}

function filesOf(state: StateLayout): string[] {
  return [...readFiles(state).keys()];
}

function lastSegment(state: StateLayout): string {
  return segmentFiles(state).at(-1) ?? '';
}

/** Snapshots and journal by their names, with their bytes as text. */
function contents(): Map<string, string> {
  return new Map(
    [...readFiles(layout)].map(([file, bytes]) => [relative(layout.folder, file), bytes.toString('latin1')]),
  );
}
