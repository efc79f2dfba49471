import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { layoutOf, type StateLayout } from '../../../src/repository/layout.ts';
import { coordinatorsOf, electionsOf, linkTo, readLog } from '../../e2e/coordinators.ts';
import { runCli } from '../../harness/cli.ts';
import type { TestRepository } from '../../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../../harness/sandbox.ts';
import { type Ended, type Limit, runLimited } from './limited.ts';
import { type Files, readFiles, segmentFiles } from './real-state.ts';

/* A disk without space, and files and folders that this user may not use: nothing is lost, and the message says where. */

const NOTES = ['one', 'two', 'three'];
const FULL: Limit = { fileBlocks: 0 };
const MODES: Limit = { modesCount: true };

let sandbox: Sandbox;
let repository: TestRepository;
let layout: StateLayout;
beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository({ worktrees: ['feat/a'] });
  layout = layoutOf(repository.stateDir);
});
afterEach(() => sandbox.dispose());

function limited(limit: Limit, ...args: string[]): Promise<Ended> {
  return runLimited(sandbox, repository.main, limit, args);
}

async function run(...args: string[]): Promise<void> {
  expect(await runCli(sandbox, repository.main, args), args.join(' ')).toMatchObject({ code: 0 });
}

/** Notes in the log, and no coordinator. */
async function tellNotes(): Promise<Files> {
  await run('start');
  const link = linkTo(sandbox, repository);
  for (const text of NOTES) await link.request('publish', { input: { type: 'note', text, to: ['feat/a'] } });
  await link.close();
  await run('stop');
  return readFiles(layout);
}

async function notes(): Promise<string[]> {
  const log = await readLog(sandbox, repository);
  return log.map(({ payload }) => ('text' in payload ? String(payload.text) : ''));
}

describe.skipIf(process.platform === 'win32')('on a full disk', () => {
  it('a repository without state gets none, and the message names the folder and what to do', async () => {
    const refused = await limited(FULL, 'start');
    expect(refused).toMatchObject({ code: 1, said: expect.stringContaining(`${layout.folder} cannot be used: EFBIG`) });
    expect(refused.said).toContain('free some space');
    expect(coordinatorsOf(repository)).toEqual([]);
    await run('start');
  });

  it('no call starts a coordinator that could write nothing', async () => {
    const before = await tellNotes();
    const offices = electionsOf(repository);
    for (const args of [['start'], ['status'], ['tell', 'feat/a', 'never']]) {
      const refused = await limited(FULL, ...args);
      expect(refused).toMatchObject({ code: 1, said: expect.stringContaining(layout.folder) });
    }
    expect(electionsOf(repository)).toEqual(offices);
    expect(readFiles(layout)).toEqual(before);
    await run('start');
    expect(await notes()).toEqual(NOTES);
  });

  it('a coordinator that comes into being there says so and ends', async () => {
    const before = await tellNotes();
    const refused = await limited(FULL, 'serve', '--common-dir', repository.commonDir);
    expect(refused).toMatchObject({ code: 1, said: expect.stringContaining(layout.folder) });
    expect(refused.said).toContain('free space');
    expect(readFiles(layout)).toEqual(before);
    await run('start');
    expect(await notes()).toEqual(NOTES);
  });

  it('a repair removes nothing, and can be made once there is space', async () => {
    await tellNotes();
    const [segment = ''] = segmentFiles(layout);
    const bytes = readFileSync(segment, 'latin1');
    writeFileSync(segment, bytes.replace('"text":"two"', '"text":"TWO"'), 'latin1');
    const before = readFiles(layout);
    // Office can be taken; the copies are too long.
    const refused = await limited({ fileBlocks: 1 }, 'doctor', '--repair');
    expect(refused).toMatchObject({
      code: 1,
      said: expect.stringContaining('The repair could not be finished: EFBIG'),
    });
    expect(refused.said).toContain('Free some disk space');
    expect(readFiles(layout)).toEqual(before);
    await run('doctor', '--repair');
    await run('start');
    expect(await notes()).toEqual(NOTES.slice(0, 1));
  });
});

describe.skipIf(process.platform === 'win32')('where modes forbid', () => {
  it('to write the state folder: no start, and the folder is named', async () => {
    const before = await tellNotes();
    chmodSync(layout.folder, 0o500);
    for (const args of [['start'], ['status'], ['tell', 'feat/a', 'never']]) {
      const refused = await limited(MODES, ...args);
      expect(refused).toMatchObject({ code: 1, said: expect.stringContaining(`${layout.folder} cannot be used`) });
      expect(refused.said).toContain('correct its owner or mode');
    }
    const checks = await limited(MODES, 'doctor');
    expect(checks).toMatchObject({
      code: 1,
      said: expect.stringContaining(`Give ${layout.folder} and everything in it`),
    });
    chmodSync(layout.folder, 0o700);
    expect(readFiles(layout)).toEqual(before);
    await run('start');
    expect(await notes()).toEqual(NOTES);
  });

  it('to write the journal: reading goes on, changes are refused with the folder', async () => {
    await tellNotes();
    chmodSync(layout.journal, 0o500);
    expect(await limited(MODES, 'start')).toMatchObject({ code: 0 });
    const refused = await limited(MODES, 'tell', 'feat/a', 'never');
    expect(refused).toMatchObject({ code: 1, said: expect.stringContaining(`${layout.journal} could not be written`) });
    expect(refused.said).toContain('owner and mode');
    expect(await notes()).toEqual(NOTES);
    chmodSync(layout.journal, 0o700);
    await run('tell', 'feat/a', 'four');
    expect(await notes()).toEqual([...NOTES, 'four']);
  });

  it('to read a segment: no start, and no word of damage or repair', async () => {
    const before = await tellNotes();
    const [segment = ''] = segmentFiles(layout);
    chmodSync(segment, 0o000);
    const refused = await limited(MODES, 'start');
    expect(refused).toMatchObject({ code: 1, said: expect.stringContaining(`${segment} cannot be read: EACCES`) });
    expect(refused.said).toContain('Give the file back to this user');
    expect(refused.said).not.toContain('--repair');
    expect(await limited(MODES, 'doctor', '--repair')).toMatchObject({ code: 1 });
    const checks = await limited(MODES, 'doctor');
    expect(checks).toMatchObject({ code: 1, said: expect.stringContaining('Give the file back to this user') });
    expect(checks.said).not.toContain('--repair');
    chmodSync(segment, 0o600);
    expect(readFiles(layout)).toEqual(before);
    await run('start');
    expect(await notes()).toEqual(NOTES);
  });
});
