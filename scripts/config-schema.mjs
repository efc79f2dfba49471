/** Writes config.schema.json, the JSON Schema of `.paw/config.json`, from src/config/schema.ts. */
import { writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { BUNDLING } from './bundling.mjs';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');

const { outputFiles } = await build({
  ...BUNDLING,
  entryPoints: ['src/config/schema.ts'],
  absWorkingDir: ROOT,
  sourcemap: false,
  write: false,
});
const [bundle] = outputFiles;
const { configJsonSchema } = await import(
  `data:text/javascript;base64,${Buffer.from(bundle.contents).toString('base64')}`
);
await writeFile(join(ROOT, 'config.schema.json'), configJsonSchema());
