import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findCoordinator } from '../../src/link/find.ts';
import { serve } from '../../src/link/serve.ts';
import { type Holder, type Office, ownIdentity, takeOffice } from '../../src/repository/election.ts';
import { createStateFolder, electionFile } from '../../src/repository/layout.ts';
import { cleanup, makePlace } from './support.ts';

const after = cleanup();

test('a repository that never had a coordinator', async () => {
  const { stateDir } = await makePlace(after);
  expect(await findCoordinator(stateDir)).toEqual({ state: 'none' });
});

test('one in office that does not listen yet, then does, then stops', async () => {
  const { stateDir, office, socket } = await inOffice();
  expect(await findCoordinator(stateDir)).toMatchObject({ state: 'starting', cause: { code: 'ENOENT' } });

  const server = await serve({ path: socket, onPeer: (peer) => peer.onRequest('echo', async (params) => params) });
  after(() => server.close());
  const found = await findCoordinator(stateDir);
  if (found.state !== 'living') throw new Error(`It is ${found.state}.`);
  expect(await found.channel.request('echo', { n: 1 })).toEqual({ n: 1 });
  expect(found.holder.pid).toBe(process.pid);

  office.resign();
  await server.close();
  expect(await findCoordinator(stateDir)).toMatchObject({ state: 'stopped' });
});

test('one whose process is gone', async () => {
  const { pid } = spawnSync(process.execPath, ['--version']);
  const { stateDir } = await inOffice({ pid, pid_started: '1' });
  expect(await findCoordinator(stateDir)).toMatchObject({ state: 'dead', holder: { pid } });
});

test('one on another host is refused by name', async () => {
  const { stateDir, socket } = await inOffice();
  const file = electionFile(stateDir, 1);
  const holder: Holder = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...holder, host: 'elsewhere', boot: 'another' }));
  await expect(findCoordinator(stateDir)).rejects.toMatchObject({
    code: 'environment',
    message: expect.stringMatching(/elsewhere/),
  });
  await expect(findCoordinator(stateDir)).rejects.toThrow(socket);
});

test('an aborted signal ends the search with its reason', async () => {
  const { stateDir } = await inOffice();
  await expect(findCoordinator(stateDir, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
});

async function inOffice(other: Partial<Holder> = {}): Promise<{ stateDir: string; socket: string; office: Office }> {
  const { stateDir, sandbox } = await makePlace(after);
  createStateFolder(stateDir);
  const socket = join(sandbox.root, 's.sock');
  const office = await takeOffice(stateDir, () => ({ ...ownIdentity(), socket, ...other }));
  return { stateDir, socket, office };
}
