import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { CHECKOUT } from '../harness/dist.ts';

/** How long the registry may take, in milliseconds. */
const AUDIT_MAX_MS = 30_000;

const packageSchema = z.object({
  dependencies: z.record(z.string(), z.string()).optional(),
  devDependencies: z.record(z.string(), z.string()),
});
const lockSchema = z.object({
  packages: z.record(z.string(), z.object({ resolved: z.string().optional(), integrity: z.string().optional() })),
});
/** The registry's answer; anything else is a registry that does not answer such questions. */
const auditSchema = z.object({
  metadata: z.object({ vulnerabilities: z.object({ total: z.int() }) }),
  vulnerabilities: z.record(z.string(), z.unknown()),
});

function read(name: string): unknown {
  return JSON.parse(readFileSync(join(CHECKOUT, name), 'utf8'));
}

test('nothing is installed with the package, and what it is built from is of exactly one version each', () => {
  const { dependencies, devDependencies } = packageSchema.parse(read('package.json'));
  expect(dependencies).toBeUndefined();
  const loose = Object.entries(devDependencies).filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version));
  expect(loose).toEqual([]);
});

test('everything that npm ci installs is checked, and comes from nowhere but registries', () => {
  const { packages } = lockSchema.parse(read('package-lock.json'));
  const others = Object.entries(packages).filter(([path]) => path !== '');
  expect(others).not.toEqual([]);
  const unchecked = others.filter(
    ([, { resolved, integrity }]) => integrity === undefined || resolved?.startsWith('https://') === false,
  );
  expect(unchecked.map(([path]) => path)).toEqual([]);
});

test(
  'no advisory is known about any of them, if the registry can be asked',
  async ({ annotate }) => {
    const audit = await ask();
    if (audit === undefined) {
      await annotate('The registry did not answer, so nothing is known of advisories.');
      return;
    }
    expect(audit.metadata.vulnerabilities.total, JSON.stringify(audit.vulnerabilities)).toBe(0);
  },
  2 * AUDIT_MAX_MS,
);

/** What the registry says of the lock file; undefined without an answer. */
function ask(): Promise<z.infer<typeof auditSchema> | undefined> {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const options = { cwd: CHECKOUT, timeout: AUDIT_MAX_MS, shell: process.platform === 'win32' };
  return new Promise((resolve) => {
    // With findings npm ends with 1 too, so what it prints decides.
    execFile(npm, ['audit', '--json', '--no-fund'], options, (_error, stdout) => {
      try {
        resolve(auditSchema.safeParse(JSON.parse(stdout)).data);
      } catch {
        resolve(undefined);
      }
    });
  });
}
