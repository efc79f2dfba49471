/**
 * Builds dist/: one bundle per entry point that exists, shared code in dist/chunks, source maps beside them,
 * and the licences of everything that was bundled. Files are replaced one by one and only where they
 * differ, so that a build beside running processes of the same source disturbs nobody.
 */
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { BUNDLING } from './bundling.mjs';
import { thirdPartyLicences } from './licences.mjs';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const DIST = join(ROOT, 'dist');

/** Name in dist/ → source. What does not exist yet is left out. */
const ENTRY_POINTS = {
  cli: 'src/cli.ts',
  'fold-worker': 'src/storage/fold-worker.ts',
  'watch-worker': 'src/watch/watch-worker.ts',
  hook: 'src/clients/hook.ts',
};
const EXECUTABLES = ['cli.js', 'hook.js'];

await main();

async function main() {
  const entryPoints = await existing(ENTRY_POINTS);
  const result = await bundled(entryPoints);
  if (result === undefined) return;
  const files = new Map(result.outputFiles.map((file) => [relative(DIST, file.path), file.contents]));
  files.set('THIRD-PARTY-LICENSES.txt', Buffer.from(await thirdPartyLicences(ROOT, result.metafile)));
  for (const [name, contents] of files) await replace(join(DIST, name), contents);
  await removeOthers(DIST, files);
  await makeExecutable(files);
}

/** What esbuild makes of the entry points; undefined if it found errors, which it has then printed. */
async function bundled(entryPoints) {
  try {
    return await build({
      ...BUNDLING,
      entryPoints,
      absWorkingDir: ROOT,
      outdir: DIST,
      chunkNames: 'chunks/[name]-[hash]',
      splitting: true,
      metafile: true,
      write: false,
    });
  } catch (error) {
    if (error.errors === undefined) throw error;
    process.exitCode = 1;
    return undefined;
  }
}

async function existing(entryPoints) {
  const found = {};
  for (const [name, source] of Object.entries(entryPoints)) {
    const text = await readFile(join(ROOT, source)).catch(ignoreMissing);
    if (text !== undefined) found[name] = source;
  }
  return found;
}

async function replace(path, contents) {
  const current = await readFile(path).catch(ignoreMissing);
  if (current?.equals(contents)) return;
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, contents);
  await rename(temporary, path);
}

async function removeOthers(folder, files) {
  const entries = (await readdir(folder, { recursive: true, withFileTypes: true }).catch(ignoreMissing)) ?? [];
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const beingWritten = entry.name.endsWith('.tmp');
    if (!entry.isDirectory() && !beingWritten && !files.has(relative(folder, path))) await rm(path, { force: true });
  }
}

async function makeExecutable(files) {
  for (const name of EXECUTABLES) {
    const contents = files.get(name);
    if (contents === undefined) continue;
    if (!Buffer.from(contents).toString('latin1', 0, 2).startsWith('#!')) {
      throw new Error(`dist/${name} has no first line "#!/usr/bin/env node": add it to its source.`);
    }
    await chmod(join(DIST, name), 0o755);
  }
}

function ignoreMissing(error) {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}
