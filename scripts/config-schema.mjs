/** Writes config.schema.json, the JSON Schema of `.paw/config.json`, from src/config/schema.ts. */
import { writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from './load.mjs';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');

const { configJsonSchema } = await load('src/config/schema.ts');
await writeFile(join(ROOT, 'config.schema.json'), configJsonSchema());
