import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { socketPath, tidySockets } from '../../src/repository/socket-folder.ts';
import { removeStaleSocket } from '../../src/repository/stale-socket.ts';

function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'paw-socket-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Listens at `path` until the test is over, or until closed. */
async function listen(path: string): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => void (server.listening && server.close()));
  return server;
}

/** A socket nobody listens at, as a crash leaves it. */
async function leaveSocket(path: string): Promise<void> {
  const shortLived = `${path}.tmp`;
  const server = await listen(shortLived);
  renameSync(shortLived, path);
  await new Promise((resolve) => server.close(resolve));
}

/** The user's own folder in /tmp is real: it is removed after the test if the test made it. */
function leaveTmpAsItWas(): void {
  const folder = join('/tmp', own);
  if (!existsSync(folder)) onTestFinished(() => rmdirSync(folder));
}

const modeOf = (path: string): number => lstatSync(path).mode & 0o777;
const own = `paw-coordinator-${process.getuid?.()}`;

describe('the folder', () => {
  test('is in the runtime folder, for this user only', () => {
    const runtime = tempFolder();
    const path = socketPath('/repo/.git', 3, { env: { XDG_RUNTIME_DIR: runtime } });
    expect(dirname(path)).toBe(join(runtime, 'paw-coordinator'));
    expect(basename(path)).toMatch(/^[0-9a-f]{12}-3\.sock$/);
    expect(modeOf(dirname(path))).toBe(0o700);
  });

  test.each([
    ['not set', undefined],
    ['empty', ''],
    ['relative', 'run'],
    ['missing', '/no/such/folder'],
  ])('is in the temporary folder if the runtime folder is %s', (_name, runtime) => {
    const temporary = tempFolder();
    const path = socketPath('/repo/.git', 1, { env: { XDG_RUNTIME_DIR: runtime }, temporary });
    expect(dirname(path)).toBe(join(temporary, own));
    expect(modeOf(dirname(path))).toBe(0o700);
  });

  test.skipIf(process.getuid?.() !== 0)('is not in the runtime folder of another user', () => {
    const runtime = tempFolder();
    chownSync(runtime, 12_345, 12_345);
    const temporary = tempFolder();
    expect(dirname(socketPath('/r', 1, { env: { XDG_RUNTIME_DIR: runtime }, temporary }))).toBe(join(temporary, own));
  });

  test('is in /tmp if its path would be too long elsewhere', () => {
    leaveTmpAsItWas();
    const temporary = join(tempFolder(), 'x'.repeat(80));
    mkdirSync(temporary);
    const path = socketPath('/repo/.git', 1, { env: { XDG_RUNTIME_DIR: temporary }, temporary });
    expect(dirname(path)).toBe(join('/tmp', own));
  });

  test('is in /tmp if the temporary folder is gone', () => {
    leaveTmpAsItWas();
    expect(dirname(socketPath('/repo/.git', 1, { env: {}, temporary: '/no/such/folder' }))).toBe(join('/tmp', own));
  });

  test('that others could enter is closed to them', () => {
    const runtime = tempFolder();
    const folder = join(runtime, 'paw-coordinator');
    mkdirSync(folder);
    chmodSync(folder, 0o755);
    socketPath('/repo/.git', 1, { env: { XDG_RUNTIME_DIR: runtime } });
    expect(modeOf(folder)).toBe(0o700);
  });

  test.each([0o777, 0o770, 0o702])('to which others could have written (%o) is refused, and left as it is', (mode) => {
    const runtime = tempFolder();
    const folder = join(runtime, 'paw-coordinator');
    mkdirSync(folder);
    chmodSync(folder, mode);
    expect(() => socketPath('/repo/.git', 1, { env: { XDG_RUNTIME_DIR: runtime } })).toThrow(
      /is a folder that others can write to\. Remove it or move it away/,
    );
    expect(modeOf(folder)).toBe(mode);
  });

  test.each<[string, (path: string) => void]>([
    ['a symbolic link', (path) => symlinkSync(tempFolder(), path)],
    ['a file', (path) => writeFileSync(path, '')],
  ])('must not be %s', (what, make) => {
    const runtime = tempFolder();
    const folder = join(runtime, 'paw-coordinator');
    make(folder);
    expect(() => socketPath('/repo/.git', 1, { env: { XDG_RUNTIME_DIR: runtime } })).toThrow(
      expect.objectContaining({
        code: 'environment',
        message: expect.stringMatching(new RegExp(`${folder}.* is ${what}.*Remove it`)),
      }),
    );
  });

  test.skipIf(process.getuid?.() !== 0)('must not belong to somebody else', () => {
    const runtime = tempFolder();
    const folder = join(runtime, 'paw-coordinator');
    mkdirSync(folder, { mode: 0o700 });
    chownSync(folder, 12_345, 12_345);
    expect(() => socketPath('/repo/.git', 1, { env: { XDG_RUNTIME_DIR: runtime } })).toThrow(/user with id 12345/);
  });
});

describe('the name', () => {
  test('differs between repositories and between coordinators', () => {
    const surroundings = { env: { XDG_RUNTIME_DIR: tempFolder() } };
    const paths = [
      socketPath('/a/.git', 1, surroundings),
      socketPath('/b/.git', 1, surroundings),
      socketPath('/a/.git', 2, surroundings),
    ];
    expect(new Set(paths).size).toBe(3);
    expect(socketPath('/a/.git', 1, surroundings)).toBe(paths[0]);
  });

  test('is that of a pipe on Windows', () => {
    expect(socketPath('C:\\repo\\.git', 2, { platform: 'win32' })).toMatch(
      /^\\\\\.\\pipe\\paw-coordinator-[\w-]+-[0-9a-f]{12}-2$/,
    );
  });

  test.each<[string, (path: string) => void]>([
    ['a file', (path) => writeFileSync(path, 'mine')],
    ['a folder', (path) => mkdirSync(path)],
    ['a symbolic link', (path) => symlinkSync('/dev/null', path)],
  ])('taken by %s is an error that names it, and leaves it', (what, make) => {
    const surroundings = { env: { XDG_RUNTIME_DIR: tempFolder() } };
    const path = socketPath('/repo/.git', 1, surroundings);
    make(path);
    expect(() => socketPath('/repo/.git', 1, surroundings)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(new RegExp(`${path} .* is ${what}. Remove it`)) }),
    );
    expect(lstatSync(path)).toBeDefined();
  });
});

describe('what earlier coordinators left', () => {
  test('tidying removes older sockets of this repository, and nothing else', async () => {
    const surroundings = { env: { XDG_RUNTIME_DIR: tempFolder() } };
    const at = (n: number, repository = '/repo/.git'): string => socketPath(repository, n, surroundings);
    const stay = [at(5), at(6), at(1, '/other/.git')];
    for (const path of [at(1), at(4), ...stay]) await leaveSocket(path);
    writeFileSync(at(2), 'no socket');
    const folder = dirname(at(5));
    writeFileSync(join(folder, 'notes.txt'), '');
    const file = basename(stay[0] ?? '').replace('-5', '-2');

    tidySockets(at(5));

    expect(readdirSync(folder).sort()).toEqual([...stay.map((path) => basename(path)), file, 'notes.txt'].sort());
  });

  test('tidying a pipe does nothing', () => {
    expect(() => tidySockets('\\\\.\\pipe\\paw-coordinator-me-0123456789ab-2')).not.toThrow();
  });

  test('a socket nobody listens at is removed from the path', async () => {
    const path = join(tempFolder(), 's.sock');
    await leaveSocket(path);
    await removeStaleSocket(path);
    expect(existsSync(path)).toBe(false);
    await removeStaleSocket(path);
  });

  test('a socket somebody listens at is left, and named', async () => {
    const path = join(tempFolder(), 's.sock');
    await listen(path);
    await expect(removeStaleSocket(path)).rejects.toMatchObject({
      code: 'environment',
      message: expect.stringContaining(path),
    });
    expect(existsSync(path)).toBe(true);
  });

  test('a file at the path is left', async () => {
    const path = join(tempFolder(), 's.sock');
    writeFileSync(path, '');
    await removeStaleSocket(path);
    expect(existsSync(path)).toBe(true);
  });
});
