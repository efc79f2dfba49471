import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { connectOrStart, KILLED_STARTS_MAX, type StartOptions } from '../../src/link/start.ts';
import { ownIdentity, takeOffice } from '../../src/repository/election.ts';
import { createStateFolder } from '../../src/repository/layout.ts';
import { until } from '../harness/until.ts';
import { cleanup, makePlace, type Place, standInCoordinator } from './support.ts';

const after = cleanup();
const coordinator = standInCoordinator();

test('twenty at once start one process and reach the same one', async () => {
  const place = await makePlace(after);
  const pids = await Promise.all(Array.from({ length: 20 }, () => reach(place)));
  expect(new Set(pids).size).toBe(1);
  expect(starts(place)).toHaveLength(1);
  expect(existsSync(join(place.stateDir, 'starting'))).toBe(false);
});

test('the process runs in the common directory, without what belongs to one agent', async () => {
  const place = await makePlace(after);
  for (const name of ['GIT_DIR', 'CLAUDECODE', 'CLAUDE_CODE_ENTRYPOINT', 'PAW_ROLE']) vi.stubEnv(name, 'x');
  await reach(place);
  const [start] = starts(place);
  expect(start?.cwd).toBe(place.commonDir);
  expect(start?.environment?.filter((name) => /^(GIT_|CLAUDE|PAW_)/.test(name))).toEqual([]);
  expect(start?.environment).toContain('PATH');
});

test('while somebody else is starting one, nobody starts a second', async () => {
  const place = await makePlace(after);
  mkdirSync(place.stateDir);
  const hint = join(place.stateDir, 'starting');
  writeFileSync(hint, '');
  await expect(reach(place, { maxMs: 300 })).rejects.toMatchObject({ code: 'unavailable', message: /0\.3 s/ });
  expect(starts(place)).toHaveLength(0);
  const longAgo = new Date(Date.now() - 60_000);
  utimesSync(hint, longAgo, longAgo);
  await reach(place);
  expect(starts(place)).toHaveLength(1);
});

test('a process that cannot start says why', async () => {
  const place = await makePlace(after);
  const failing = reach(place, { args: ['--fail', 'The journal is damaged. Run repair.'] });
  await expect(failing).rejects.toMatchObject({
    code: 'environment',
    message: /The journal is damaged\. Run repair\./,
  });
  expect(existsSync(join(place.stateDir, 'starting'))).toBe(false);
});

test('one that is killed while it starts is followed by another', async () => {
  const place = await makePlace(after);
  const last = await reach(place, { args: ['--killed-until', '2'] });
  expect(starts(place)).toHaveLength(2);
  expect(starts(place)[1]?.pid).toBe(last);
});

test('after several were killed the reason is told, and no more are started', async () => {
  const place = await makePlace(after);
  await expect(reach(place, { args: ['--killed-until', '99'] })).rejects.toMatchObject({
    code: 'environment',
    message: /signal SIGKILL.*coordinator\.log/,
  });
  expect(starts(place)).toHaveLength(KILLED_STARTS_MAX);
  expect(existsSync(join(place.stateDir, 'starting'))).toBe(false);
});

test('an old reason is not taken for a new one', async () => {
  const place = await makePlace(after);
  mkdirSync(place.stateDir);
  writeFileSync(
    join(place.stateDir, 'coordinator.failed'),
    JSON.stringify({ at: Date.now() - 60_000, message: 'old' }),
  );
  await expect(reach(place, { args: ['--exit'] })).rejects.toMatchObject({
    code: 'environment',
    message: /exit code 3/,
  });
});

test('one that fails for all tells all', async () => {
  const place = await makePlace(after);
  const all = Array.from({ length: 5 }, () => reach(place, { args: ['--fail', 'No disk.'] }));
  for (const { status, reason } of (await Promise.allSettled(all)) as PromiseRejectedResult[]) {
    expect(status).toBe('rejected');
    expect(reason).toMatchObject({ message: expect.stringContaining('No disk.') });
  }
});

test('a dead one is replaced', async () => {
  const place = await makePlace(after);
  createStateFolder(place.stateDir);
  const gone = { ...ownIdentity(), pid_started: 'another', socket: join(place.sandbox.root, 'none.sock') };
  await takeOffice(place.stateDir, () => gone);
  expect(await reach(place)).not.toBe(process.pid);
});

test('one in office that never answers is given up with the last obstacle', async () => {
  const place = await makePlace(after);
  createStateFolder(place.stateDir);
  await takeOffice(place.stateDir, () => ({ ...ownIdentity(), socket: join(place.sandbox.root, 'none.sock') }));
  await expect(reach(place, { maxMs: 100 })).rejects.toMatchObject({
    code: 'unavailable',
    message: /0\.1 s.*ENOENT/,
    cause: { code: 'ENOENT' },
  });
  expect(starts(place)).toHaveLength(0);
});

test('without leave to start one, its absence is told at once, or waited for', async () => {
  const place = await makePlace(after);
  await expect(reach(place, { ifAbsent: 'fail' })).rejects.toMatchObject({
    code: 'unavailable',
    message: /paw-coordinator start/,
  });
  const [waited, started] = await Promise.all([reach(place, { ifAbsent: 'wait' }), reach(place)]);
  expect(waited).toBe(started);
  expect(starts(place)).toHaveLength(1);
});

test('what is waited for in vain is absent', async () => {
  const place = await makePlace(after);
  const waiting = reach(place, { ifAbsent: 'wait', maxMs: 50 });
  await expect(waiting).rejects.toMatchObject({ code: 'unavailable', message: /No coordinator is running/ });
});

test('a folder that cannot be written is named', async () => {
  const place = await makePlace(after);
  writeFileSync(place.stateDir, '');
  await expect(reach(place)).rejects.toMatchObject({
    code: 'environment',
    message: expect.stringContaining(place.stateDir),
  });
});

test('aborting ends the wait with the reason', async () => {
  const place = await makePlace(after);
  const controller = new AbortController();
  const reached = reach(place, { signal: controller.signal, args: ['--late', '60000'] });
  await until(() => starts(place).length === 1, { what: 'the process to start' });
  controller.abort(new Error('enough'));
  await expect(reached).rejects.toThrow('enough');
  expect(existsSync(join(place.stateDir, 'starting'))).toBe(false);
});

/** The pid of the coordinator that was reached. */
async function reach({ stateDir, commonDir }: Place, other: Partial<StartOptions> = {}): Promise<number> {
  const cliPath = await coordinator();
  const { holder, channel } = await connectOrStart({ stateDir, commonDir, ifAbsent: 'start', cliPath, ...other });
  after(() => channel.close());
  return holder.pid;
}

function starts(place: Place) {
  return place.notes().filter(({ event }) => event === 'start');
}
