/** Writes docs/tools.md, docs/clients.md, mcp.json and the table of clients in README.md from the definitions in src/. */
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from './load.mjs';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');

const { toolsPage } = await load('scripts/docs/tools-page.ts');
const { clientsPage, mcpJson, withClientTable } = await load('scripts/docs/registration.ts');
const readme = join(ROOT, 'README.md');
await writeFile(join(ROOT, 'docs/tools.md'), toolsPage());
await writeFile(join(ROOT, 'docs/clients.md'), clientsPage());
await writeFile(join(ROOT, 'mcp.json'), mcpJson());
await writeFile(readme, withClientTable(await readFile(readme, 'utf8')));
