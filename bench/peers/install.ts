import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Peer } from './peer.ts';

/** How long one command of npm may take, in milliseconds: add-ons may have to be compiled. */
const NPM_MAX_MS = 10 * 60_000;
const MARK = '.installed';
/** How much is shown of why it failed. */
const REASON_LINES = 2;

const run = promisify(execFile);

/**
 * Installs a peer below `folder` and returns where; what is there already is used as it is. No install scripts run
 * but those of its add-ons.
 *
 * @throws an error with what npm said
 */
export async function install(
  { name, version, addons = [] }: Pick<Peer, 'name' | 'version' | 'addons'>,
  folder: string,
): Promise<string> {
  const root = join(folder, `${name}-${version}`);
  const mark = join(root, MARK);
  if (existsSync(mark)) return root;
  await mkdir(root, { recursive: true });
  await writeFile(join(root, 'package.json'), '{ "private": true }\n');
  await npm(root, 'install', `${name}@${version}`, '--ignore-scripts', '--no-audit', '--no-fund');
  if (addons.length > 0) await npm(root, 'rebuild', ...addons);
  await writeFile(mark, '');
  return root;
}

async function npm(cwd: string, ...args: string[]): Promise<void> {
  try {
    await run('npm', args, { cwd, timeout: NPM_MAX_MS, shell: process.platform === 'win32' });
  } catch (cause) {
    const output = cause instanceof Error ? cause.message : String(cause);
    // It says much more than why.
    const why = output.split('\n').filter((line) => line.startsWith('npm error'));
    throw new Error(`npm ${args.join(' ')} failed. ${why.slice(0, REASON_LINES).join(' ')}`, { cause });
  }
}
