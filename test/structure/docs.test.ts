import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { clientsPage, mcpJson, withClientTable } from '../../scripts/docs/registration.ts';
import { toolsPage } from '../../scripts/docs/tools-page.ts';

const ROOT = resolve(import.meta.dirname, '../..');

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

test.each([
  ['docs/tools.md', toolsPage],
  ['docs/clients.md', clientsPage],
  ['mcp.json', mcpJson],
  ['README.md', () => withClientTable(read('README.md'))],
])('%s is up to date; `node scripts/docs.mjs` writes it', (file, written) => {
  expect(read(file)).toBe(written());
});
