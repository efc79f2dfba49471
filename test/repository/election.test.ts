import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Holder, isProvablyDead, ownIdentity, readHighest, takeOffice } from '../../src/repository/election.ts';
import { createStateFolder, electionFile } from '../../src/repository/layout.ts';
import { until } from '../harness/until.ts';
import { bundleTaker, startTaker } from './takers.ts';

/*
 * - Of any number that take office at once, one gets it.
 * - A holder is replaced only if it is provably dead; otherwise the error names it.
 * - Numbers grow and are never used twice: after a crash, an orderly stop, or even when the files are gone.
 */

const TAKERS = 20;

let scripts = '';
let script = '';
beforeAll(async () => {
  scripts = mkdtempSync(join(tmpdir(), 'paw-taker-'));
  script = await bundleTaker(scripts);
});
afterAll(() => rmSync(scripts, { recursive: true, force: true }));

function tempStateDir(): string {
  const common = mkdtempSync(join(tmpdir(), 'paw-election-'));
  onTestFinished(() => rmSync(common, { recursive: true, force: true }));
  return createStateFolder(join(common, 'paw')).folder;
}

const makeHolder = (n: number): Holder => ({ ...ownIdentity(), socket: `/run/test-${n}.sock`, version: '1.2.3' });
const deadPid = (): Holder => ({ ...makeHolder(1), pid: 2 ** 22 + 1 });
const put = (stateDir: string, n: number, holder: object): void =>
  writeFileSync(electionFile(stateDir, n), JSON.stringify(holder));
const electionFiles = (stateDir: string): string[] =>
  readdirSync(stateDir)
    .filter((name) => name.includes('coordinator.'))
    .sort();

describe('several at once', () => {
  test(`${TAKERS} processes, one office; again after the holder was killed`, async () => {
    const stateDir = tempStateDir();
    const takers = await Promise.all(Array.from({ length: TAKERS }, () => startTaker(script, stateDir)));
    for (const expected of [1, 2]) {
      const outcomes = await Promise.all(takers.map((taker) => taker.take()));
      expect(outcomes.flatMap(({ n }) => n ?? [])).toEqual([expected]);
      const winner = takers.splice(
        outcomes.findIndex(({ n }) => n === expected),
        1,
      )[0];
      expect(readHighest(stateDir)).toMatchObject({ n: expected, holder: { pid: winner?.pid } });
      for (const { error } of outcomes.filter(({ n }) => n === undefined)) {
        expect(error).toContain(`process ${winner?.pid} `);
      }
      await winner?.kill();
    }
    expect(electionFiles(stateDir)).toEqual(['coordinator.1', 'coordinator.2']);
  });

  test('in one process too', async () => {
    const stateDir = tempStateDir();
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => takeOffice(stateDir, makeHolder)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('one that was held up and creates a number used before has lost', async () => {
    const stateDir = tempStateDir();
    put(stateDir, 4, { ...deadPid() });
    const slow = takeOffice(stateDir, (n) => {
      if (n === 5) {
        // Meanwhile 5 was taken and given up, and 6 has tidied.
        rmSync(electionFile(stateDir, 4));
        put(stateDir, 6, makeHolder(6));
      }
      return makeHolder(n);
    });
    await expect(slow).rejects.toThrow(/already has a coordinator/);
    expect(electionFiles(stateDir)).toEqual(['coordinator.6']);
  });
});

describe('the holder', () => {
  test('is written whole, and only for its user', async () => {
    const stateDir = tempStateDir();
    const { n } = await takeOffice(stateDir, makeHolder);
    expect(n).toBe(1);
    expect(readHighest(stateDir)).toEqual({ n: 1, holder: JSON.parse(JSON.stringify(makeHolder(1))) });
    expect(electionFiles(stateDir)).toEqual(['coordinator.1']);
  });

  test('that lives is not replaced', async () => {
    const stateDir = tempStateDir();
    await takeOffice(stateDir, makeHolder);
    await expect(takeOffice(stateDir, makeHolder)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining(`process ${process.pid} `),
    });
  });

  test.each<[string, () => Holder]>([
    ['has no process', deadPid],
    ['has a pid that now stands for a later process', () => ({ ...makeHolder(1), pid_started: '1' })],
    ['ran before the last start of the machine', () => ({ ...makeHolder(1), boot: 'another' })],
    ['has stopped in order', () => ({ ...makeHolder(1), stopped: true })],
    ['has stopped in order on another host', () => ({ ...makeHolder(1), host: 'elsewhere', stopped: true })],
  ])('that %s is replaced', async (_name, dead) => {
    const stateDir = tempStateDir();
    put(stateDir, 7, dead());
    expect(isProvablyDead(dead())).toBe(true);
    expect((await takeOffice(stateDir, makeHolder)).n).toBe(8);
  });

  test.each<[string, () => Holder]>([
    ['on another host', () => ({ ...deadPid(), host: 'elsewhere' })],
    ['on another host that was started later', () => ({ ...deadPid(), host: 'elsewhere', boot: 'another' })],
    ['in another container', () => ({ ...deadPid(), host: `${ownIdentity().host.split(' ')[0]} pid:[1]` })],
  ])('%s is never called dead, and is named', async (_name, holder) => {
    const stateDir = tempStateDir();
    put(stateDir, 7, holder());
    expect(isProvablyDead(holder())).toBe(false);
    const { host, socket, pid } = holder();
    const refusal = takeOffice(stateDir, makeHolder);
    for (const part of [host, socket, String(pid), electionFile(stateDir, 7)]) {
      await expect(refusal).rejects.toThrow(expect.objectContaining({ message: expect.stringContaining(part) }));
    }
  });

  test('of a machine that was renamed since is still judged', () => {
    const [, processes] = ownIdentity().host.split(' ');
    if (processes === undefined) return;
    expect(isProvablyDead({ ...deadPid(), host: `old-name ${processes}` })).toBe(true);
    expect(isProvablyDead({ ...makeHolder(1), host: `old-name ${processes}` })).toBe(false);
  });
});

describe('numbers', () => {
  test('survive an orderly stop', async () => {
    const stateDir = tempStateDir();
    const office = await takeOffice(stateDir, makeHolder);
    office.resign();
    expect(readHighest(stateDir)).toMatchObject({ n: 1, holder: { stopped: true, socket: '/run/test-1.sock' } });
    const next = await takeOffice(stateDir, makeHolder);
    next.tidy();
    expect(next.n).toBe(2);
    expect(electionFiles(stateDir)).toEqual(['coordinator.2']);
  });

  test('stay when the files are removed, as long as the journal is there', async () => {
    const stateDir = tempStateDir();
    writeFileSync(join(stateDir, 'journal', '000012-000000000040.jsonl'), '');
    expect((await takeOffice(stateDir, makeHolder, { noticeMs: 0 })).n).toBe(13);
  });

  test('of removed files: whoever may still hold the last one is given time to notice', async () => {
    const stateDir = tempStateDir();
    writeFileSync(join(stateDir, 'journal', '000012-000000000040.jsonl'), '');
    const abort = new AbortController();
    const taking = takeOffice(stateDir, makeHolder, { noticeMs: 60_000, signal: abort.signal });
    await until(() => electionFiles(stateDir).includes('coordinator.13'), { what: 'the file' });
    abort.abort(new Error('enough'));
    await expect(taking).rejects.toThrow('enough');
    expect(readHighest(stateDir)?.holder.stopped).toBe(true);
  });

  test('are compared as numbers', async () => {
    const stateDir = tempStateDir();
    for (const n of [9, 10, 2]) put(stateDir, n, { ...deadPid() });
    expect(readHighest(stateDir)?.n).toBe(10);
    expect((await takeOffice(stateDir, makeHolder)).n).toBe(11);
  });

  test('tidying leaves the highest and everything else', async () => {
    const stateDir = tempStateDir();
    put(stateDir, 3, deadPid());
    const others = ['coordinator.log', 'coordinator.failed', 'coordinator.03', 'state.json'];
    for (const name of others) writeFileSync(join(stateDir, name), '');
    writeFileSync(join(stateDir, '.coordinator.4.1-ab.half'), '');
    writeFileSync(join(stateDir, '.coordinator.5.1-ab.half'), '');
    utimesSync(join(stateDir, '.coordinator.4.1-ab.half'), 0, 0);
    const office = await takeOffice(stateDir, makeHolder);
    office.tidy();
    expect(readdirSync(stateDir).sort()).toEqual(
      [...others, '.coordinator.5.1-ab.half', 'coordinator.4', 'journal'].sort(),
    );
  });
});

describe('a file that cannot be read', () => {
  test.each([
    ['empty', ''],
    ['half written', '{"pid": 12'],
    ['something else', '{"pid": "x"}'],
  ])('%s counts as being written for clients, and is an error in the end', async (_name, content) => {
    const stateDir = tempStateDir();
    writeFileSync(electionFile(stateDir, 3), content);
    expect(readHighest(stateDir)).toBeUndefined();
    await expect(takeOffice(stateDir, makeHolder)).rejects.toMatchObject({
      code: 'environment',
      message: expect.stringContaining(electionFile(stateDir, 3)),
    });
  });

  test('that gets its content meanwhile is read', async () => {
    const stateDir = tempStateDir();
    writeFileSync(electionFile(stateDir, 3), '');
    const taking = takeOffice(stateDir, makeHolder);
    put(stateDir, 3, deadPid());
    expect((await taking).n).toBe(4);
  });

  test('is waited for no longer than the signal allows', async () => {
    const stateDir = tempStateDir();
    writeFileSync(electionFile(stateDir, 3), '');
    const abort = new AbortController();
    const taking = takeOffice(stateDir, makeHolder, { signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(taking).rejects.toThrow('enough');
  });

  test('is a folder', async () => {
    const stateDir = tempStateDir();
    mkdirSync(electionFile(stateDir, 3));
    expect(readHighest(stateDir)).toBeUndefined();
    await expect(takeOffice(stateDir, makeHolder)).rejects.toMatchObject({ code: 'environment' });
  });
});

test('without a state folder there is no coordinator, and taking office says why it fails', async () => {
  const stateDir = join(tempStateDir(), 'none');
  expect(readHighest(stateDir)).toBeUndefined();
  await expect(takeOffice(stateDir, makeHolder)).rejects.toMatchObject({
    code: 'environment',
    message: expect.stringContaining('ENOENT'),
  });
});

test('what a coordinator adds to its file in later versions is no obstacle', () => {
  const stateDir = tempStateDir();
  put(stateDir, 1, { ...makeHolder(1), later: { more: true } });
  expect(readHighest(stateDir)?.holder.pid).toBe(process.pid);
  expect(readFileSync(electionFile(stateDir, 1), 'utf8')).toContain('later');
});
