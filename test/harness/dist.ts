import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The checkout. A bundle of this file that lies elsewhere is told where it is. */
export const CHECKOUT = process.env.PAW_CHECKOUT ?? resolve(import.meta.dirname, '../..');

/** The built command. Tests that start it need `npm run build` first; the test command does that. */
export const CLI = join(CHECKOUT, 'dist', 'cli.js');

/** Fails with the remedy where the build is missing. */
export function requireBuild(): string {
  if (!existsSync(CLI)) throw new Error(`${CLI} does not exist: run \`npm run build\` before this test.`);
  return CLI;
}
