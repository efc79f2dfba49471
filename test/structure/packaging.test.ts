import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { VERSION } from '../../src/protocol/version.ts';
import { CHECKOUT } from '../harness/dist.ts';

interface Package {
  name: string;
  version: string;
  bin: Record<string, string>;
  files: string[];
  scripts: Record<string, string>;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  devDependencies: Record<string, string>;
}

const PACKAGE = JSON.parse(text('package.json')) as Package;
const DEPENDENCIES = Object.keys({
  ...PACKAGE.dependencies,
  ...PACKAGE.optionalDependencies,
  ...PACKAGE.devDependencies,
});

/** Every file that belongs to the repository, committed or about to be. */
const FILES = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: CHECKOUT,
  encoding: 'utf8',
})
  .split('\0')
  .filter((name) => name !== '' && existsSync(join(CHECKOUT, name)));

describe('the package', () => {
  test('has the version that the program tells', () => {
    expect(VERSION).toBe(PACKAGE.version);
  });

  test('has an executable command', () => {
    for (const file of Object.values(PACKAGE.bin)) {
      expect(text(file).split('\n', 1)).toEqual(['#!/usr/bin/env node']);
      accessSync(join(CHECKOUT, file), constants.X_OK);
    }
  });

  test('contains only what exists', () => {
    expect(PACKAGE.files.filter((name) => !existsSync(join(CHECKOUT, name)))).toEqual([]);
  });

  test('names the licences of what is bundled', () => {
    const licences = text('dist/THIRD-PARTY-LICENSES.txt');
    for (const name of ['@modelcontextprotocol/server', 'zod']) expect(licences).toContain(name);
    expect(licences).not.toContain('The package carries no licence file.');
  });

  test('needs nothing at run time that is not installed with it', async () => {
    const installed = { ...PACKAGE.dependencies, ...PACKAGE.optionalDependencies };
    const missing = (await packagesNeeded()).filter((name) => !(name in installed));
    expect(missing).toEqual([]);
  });
});

describe('mcp.json', () => {
  test('registers the server in the form to copy', () => {
    expect(JSON.parse(text('mcp.json'))).toEqual({
      mcpServers: { paw: { type: 'stdio', command: 'npx', args: ['-y', PACKAGE.name, 'mcp'] } },
    });
    expect(Object.keys(PACKAGE.bin)).toEqual([PACKAGE.name]);
  });
});

describe('dependencies', () => {
  test('are all used', () => {
    const uses = [isImported, isRunByScript, isTypesOfUsed, isLoadedByVitest];
    const unused = DEPENDENCIES.filter((name) => !uses.some((isUsed) => isUsed(name)));
    expect(unused).toEqual([]);
  });

  test('are all justified in docs/architecture.md', () => {
    const architecture = text('docs/architecture.md');
    expect(DEPENDENCIES.filter((name) => !architecture.includes(`\`${name}\``))).toEqual([]);
  });
});

describe('the repository', () => {
  test('holds no path or host name of the machine it was made on', () => {
    const folders = ['work/(?:main|shared)', 'root/', 'tmp/(?:brief|bash_jobs)', 'home/runner/'];
    const machine = new RegExp(`/(?:${folders.join('|')})|\\.(?:internal|corp|lan)\\b[/:]`);
    const found = FILES.filter((name) => machine.test(text(name)));
    expect(found).toEqual([]);
  });
});

function text(name: string): string {
  return readFileSync(join(CHECKOUT, name), 'utf8');
}

function isImported(name: string): boolean {
  const pattern = new RegExp(`(?:from|import)\\s*\\(?\\s*['"]${escaped(name)}(?:/[^'"]*)?['"]`);
  return FILES.filter((file) => /\.(?:ts|mjs)$/.test(file)).some((file) => pattern.test(text(file)));
}

/** A tool is used if one of its commands is run by a script of the package or by the test command. */
function isRunByScript(name: string): boolean {
  const { bin = {} } = JSON.parse(text(`node_modules/${name}/package.json`)) as {
    bin?: Record<string, string> | string;
  };
  const commands = typeof bin === 'string' ? [name] : Object.keys(bin);
  const scripts = Object.values(PACKAGE.scripts).join('\n');
  return commands.some((command) => new RegExp(`\\b${escaped(command)}\\b`).test(scripts));
}

function isTypesOfUsed(name: string): boolean {
  const [, typed] = /^@types\/(.+)$/.exec(name) ?? [];
  return typed !== undefined && (typed === 'node' || isImported(typed));
}

/** Vitest imports what counts coverage by itself. */
function isLoadedByVitest(name: string): boolean {
  return /^@vitest\/coverage-/.test(name) && text('scripts/test.mjs').includes('--coverage');
}

/** The packages that the bundles import when they run. */
async function packagesNeeded(): Promise<string[]> {
  const bundles = readdirSync(join(CHECKOUT, 'dist'), { recursive: true, encoding: 'utf8' });
  const { metafile } = await build({
    absWorkingDir: CHECKOUT,
    entryPoints: bundles.filter((name) => name.endsWith('.js')).map((name) => join('dist', name)),
    outdir: 'unused',
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    metafile: true,
    write: false,
  });
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports);
  const specifiers = imports.filter(({ path, external }) => external && !isBuiltin(path) && path !== '<runtime>');
  return [...new Set(specifiers.map(({ path }) => path.split('/', path.startsWith('@') ? 2 : 1).join('/')))];
}

function escaped(name: string): string {
  return name.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
