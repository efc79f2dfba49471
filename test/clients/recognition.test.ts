import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { recognition } from '../../src/clients/recognition.ts';

/* What is taken for ours is replaced and removed by init, so it has to be ours. */

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(process.env.PAW_TEST_ROOT ?? tmpdir(), 'paw-')));
});
afterEach(() => rmSync(root, { recursive: true }));

/** A package with a bundle where ours has one; returns the bundle. */
function install(folder: string, name: string | undefined): string {
  const dist = join(root, folder, 'dist');
  mkdirSync(dist, { recursive: true });
  writeFileSync(join(dist, 'cli.js'), '');
  if (name !== undefined) writeFileSync(join(root, folder, 'package.json'), JSON.stringify({ name }));
  return join(dist, 'cli.js');
}

const own = (...words: string[]) =>
  recognition({ folder: root, installations: new Set([join(root, 'noted', 'dist')]) })(words);

it.each([
  [['paw-coordinator', 'mcp', '--role', 'supervisor']],
  [['npx', '-y', 'paw-coordinator@0.1.0', 'mcp', '--role', 'supervisor']],
  [['/usr/local/bin/paw-coordinator', 'mcp', '--role', 'supervisor']],
  [['node', '--no-warnings', '/usr/bin/paw-coordinator', 'mcp', '--role', 'supervisor']],
])('is told by its name: %j', (words) => {
  expect(own(...words)).toEqual(['mcp', '--role', 'supervisor']);
});

it('is told by the package of its bundle, wherever that lies and by whichever path', () => {
  const bundle = install('checkout', 'paw-coordinator');
  symlinkSync(bundle, join(root, 'linked.js'));
  expect(own('/usr/bin/node', '--max-old-space-size=64', bundle, 'mcp')).toEqual(['mcp']);
  expect(own('node', './checkout/dist/cli.js', 'mcp')).toEqual(['mcp']);
  expect(own('node', join(root, 'linked.js'), 'mcp')).toEqual(['mcp']);
  expect(own('node', join(root, 'checkout/dist/hook.js'), 'Stop')).toEqual(['Stop']);
});

it('is told by what was noted, or by its folder, once it is gone', () => {
  expect(own('node', join(root, 'noted/dist/cli.js'), 'mcp')).toEqual(['mcp']);
  expect(own('node', '/gone/node_modules/paw-coordinator/dist/cli.js', 'mcp')).toEqual(['mcp']);
  expect(own('node', '/gone/dist/cli.js', 'mcp')).toBeUndefined();
});

it('is no other package with such a bundle, even where ours was before', () => {
  expect(own('node', install('other', 'other'), 'mcp')).toBeUndefined();
  expect(own('node', install('nameless', undefined), 'mcp')).toBeUndefined();
  expect(own('node', install('noted', 'other'), 'mcp')).toBeUndefined();
});

it('is not named by a folder that another program is given', () => {
  expect(own('npx', '-y', '@acme/files', '/home/me/paw-coordinator')).toBeUndefined();
  expect(own('my-paw-coordinator-x', 'mcp')).toBeUndefined();
  expect(own()).toBeUndefined();
});
