import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { layoutOf } from '../../src/repository/layout.ts';
import { runCli } from '../harness/cli.ts';
import { openSession } from '../harness/mcp.ts';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { killCoordinator, readLog } from './coordinators.ts';

const NOTES = 6;
const NEWLINE = 0x0a;

let sandbox: Sandbox;
let repository: TestRepository;
beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository({ worktrees: ['feat/a'] });
});
afterEach(() => sandbox.dispose());

/** Publishes notes and kills the coordinator; returns the journal's one segment. */
async function crashedJournal(): Promise<string> {
  const session = await openSession(sandbox, repository.worktree('feat/a'));
  for (let note = 1; note <= NOTES; note += 1) {
    await session.call('publish', { type: 'note', to: 'main', text: `note ${note}` });
  }
  await session.kill('SIGKILL');
  await killCoordinator(repository);
  const { journal } = layoutOf(repository.stateDir);
  const [segment, ...others] = readdirSync(journal);
  expect(others).toEqual([]);
  return join(journal, segment ?? '');
}

/** Starts a coordinator, and returns the texts of the notes it knows. */
async function notesAfterStart(): Promise<string[]> {
  expect(await runCli(sandbox, repository.main, ['start'])).toMatchObject({ code: 0 });
  const log = await readLog(sandbox, repository);
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
  return log.map(({ payload }) => ('text' in payload ? String(payload.text) : ''));
}

/** What a cut leaves: the notes in whole lines, and the part of a line after them. */
function cutAt(whole: Buffer, at: number): { notes: string[]; tail: Buffer } {
  // A line that lacks only its line break is whole.
  const end = whole[at] === NEWLINE ? at : whole.subarray(0, at).lastIndexOf(NEWLINE) + 1;
  const notes = whole
    .subarray(0, end)
    .toString()
    .matchAll(/"text":"(note \d+)"/g);
  return { notes: [...notes].map(([, text]) => text ?? ''), tail: whole.subarray(end, at) };
}

describe('a journal that was cut off', () => {
  it('gives everything before the cut; the rest is set aside and named in the log', async () => {
    const segment = await crashedJournal();
    const { folder, damaged, log } = layoutOf(repository.stateDir);
    const whole = readFileSync(segment);
    const saved = join(sandbox.root, 'saved');
    cpSync(folder, saved, { recursive: true });
    const lastLine = whole.lastIndexOf(NEWLINE, whole.length - 2) + 1;
    const middle = Math.floor(whole.length / 2);
    for (const at of [
      whole.indexOf(NEWLINE),
      whole.indexOf(NEWLINE) + 1,
      middle,
      lastLine,
      lastLine + 1,
      whole.length - 1,
    ]) {
      const { notes, tail } = cutAt(whole, at);
      rmSync(folder, { recursive: true });
      cpSync(saved, folder, { recursive: true });
      writeFileSync(segment, whole.subarray(0, at));
      expect(await notesAfterStart()).toEqual(notes);
      const aside = existsSync(damaged) ? readdirSync(damaged).map((name) => join(damaged, name)) : [];
      expect(aside.map((copy) => readFileSync(copy))).toEqual(tail.length === 0 ? [] : [tail]);
      for (const copy of aside) expect(readFileSync(log, 'utf8')).toContain(copy);
      expect(await runCli(sandbox, repository.main, ['stop'])).toMatchObject({ code: 0 });
    }
  });

  it('is written on: what comes after the damage survives the next crash', async () => {
    const segment = await crashedJournal();
    writeFileSync(segment, Buffer.concat([readFileSync(segment), Buffer.from('{"c":"00000000","r":{"n":99')]));
    const session = await openSession(sandbox, repository.worktree('feat/a'));
    expect(await session.call('publish', { type: 'note', to: 'main', text: 'later' })).toMatchObject({
      seq: NOTES + 1,
    });
    await killCoordinator(repository);
    expect((await session.call('status')).you).toBe('feat-a');
    expect(await notesAfterStart()).toHaveLength(NOTES + 1);
  });
});

describe('a journal that is damaged in the middle', () => {
  it('is refused with file, line and remedy, and nothing is changed', async () => {
    const segment = await crashedJournal();
    const bytes = readFileSync(segment);
    bytes.write('X', bytes.indexOf('note 3'));
    writeFileSync(segment, bytes);
    const session = await openSession(sandbox, repository.worktree('feat/a'));
    const line = bytes.subarray(0, bytes.indexOf('Xote 3')).toString().split('\n').length;
    const refused = session.call('publish', { type: 'note', to: 'main', text: 'never' });
    await expect(refused).rejects.toThrow(`The journal is damaged at ${segment}, line ${line}`);
    expect(readFileSync(segment)).toEqual(bytes);
    const { stderr, code } = await runCli(sandbox, repository.main, ['start']);
    expect(code).toBe(1);
    expect(stderr).toContain('does not start with a part of its state missing');
    const kept = /A copy of the file is kept as (\S+)\. /.exec(stderr)?.[1] ?? '';
    expect(readFileSync(kept)).toEqual(bytes);
    bytes.write('n', bytes.indexOf('Xote 3'));
    writeFileSync(segment, bytes);
    expect(await session.call('publish', { type: 'note', to: 'main', text: 'again' })).toMatchObject({
      seq: NOTES + 1,
    });
  });
});
