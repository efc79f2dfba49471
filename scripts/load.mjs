import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { BUNDLING } from './bundling.mjs';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/**
 * A TypeScript module of this project, bundled and imported.
 * @param {string} file from the root of the project
 */
export async function load(file) {
  const { outputFiles } = await build({
    ...BUNDLING,
    entryPoints: [file],
    absWorkingDir: ROOT,
    sourcemap: false,
    write: false,
  });
  const [bundle] = outputFiles;
  return import(`data:text/javascript;base64,${Buffer.from(bundle.contents).toString('base64')}`);
}
