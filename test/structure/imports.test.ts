import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { describe, expect, test } from 'vitest';

const SRC = resolve(import.meta.dirname, '../../src');

/** Folder of src/ → the other folders it may import from. Files that lie in src/ itself are the folder `.`. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  errors: [],
  protocol: [],
  config: ['state', 'protocol', 'errors'],
  repository: ['protocol', 'errors'],
  state: ['protocol', 'errors'],
  storage: ['state', 'repository', 'protocol', 'errors'],
  link: ['repository', 'protocol', 'errors'],
  watch: ['repository', 'config', 'protocol', 'errors'],
  processes: ['repository', 'errors'],
  supervisor: ['processes', 'repository', 'config', 'protocol', 'errors'],
  coordinator: ['storage', 'state', 'link', 'repository', 'watch', 'supervisor', 'config', 'protocol', 'errors'],
  tools: ['protocol', 'errors'],
  agent: ['tools', 'link', 'repository', 'protocol', 'errors'],
  clients: ['link', 'repository', 'config', 'protocol', 'errors'],
  worker: ['processes', 'link', 'repository', 'config', 'protocol', 'errors'],
  doctor: ['clients', 'storage', 'state', 'link', 'repository', 'config', 'protocol', 'errors'],
  commands: [
    'doctor',
    'coordinator',
    'agent',
    'clients',
    'worker',
    'tools',
    'link',
    'storage',
    'repository',
    'config',
    'protocol',
    'errors',
  ],
  '.': ['commands', 'protocol', 'errors'],
};

/** Folders that hold rules only: none of Node, and of packages just these. */
const PURE: Record<string, readonly string[]> = {
  errors: [],
  protocol: ['zod'],
  state: ['zod', 'picomatch', 'minisearch', '@noble/hashes'],
};

/** A file is to be split at about 250 lines; this is where it must be. */
const FILE_MAX_LINES = 300;

interface Import {
  /** File of src/, `/` between segments. */
  file: string;
  specifier: string;
}

const FILES = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => name.split(sep).join('/'))
  .sort();
const IMPORTS = FILES.flatMap((file) => importsOf(file));

describe('imports', () => {
  test('every folder of src/ has its place in the table', () => {
    const folders = [...new Set(FILES.map(folderOf))];
    expect(folders.filter((folder) => !(folder in MAY_IMPORT))).toEqual([]);
  });

  test('the table has no cycle', () => {
    const settled = new Set<string>();
    for (let grown = true; grown; ) {
      const next = Object.keys(MAY_IMPORT).filter(
        (folder) => !settled.has(folder) && MAY_IMPORT[folder]?.every((other) => settled.has(other)),
      );
      for (const folder of next) settled.add(folder);
      grown = next.length > 0;
    }
    expect(Object.keys(MAY_IMPORT).filter((folder) => !settled.has(folder))).toEqual([]);
  });

  test('imports go in the allowed direction only', () => {
    const wrong = IMPORTS.filter(isRelative).flatMap(({ file, specifier }) => {
      const from = folderOf(file);
      const target = relative(SRC, resolve(SRC, dirname(file), specifier))
        .split(sep)
        .join('/');
      const to = folderOf(target);
      const allowed = from === to || MAY_IMPORT[from]?.includes(to);
      return allowed ? [] : [`${file} imports ${target}: ${from} may not import from ${to}`];
    });
    expect(wrong).toEqual([]);
  });

  test('the folders of rules use neither Node nor packages that do', () => {
    const wrong = IMPORTS.filter((entry) => !isRelative(entry)).flatMap(({ file, specifier }) => {
      const allowed = PURE[folderOf(file)];
      if (allowed === undefined || allowed.includes(packageOf(specifier))) return [];
      return [`${file} imports ${specifier}: ${folderOf(file)} may import only ${allowed.join(', ') || 'nothing'}`];
    });
    expect(wrong).toEqual([]);
  });

  test('modules of Node are imported with their prefix', () => {
    const wrong = IMPORTS.filter(({ specifier }) => isBuiltin(specifier) && !specifier.startsWith('node:'));
    expect(wrong).toEqual([]);
  });

  test('nothing is exported wholesale', () => {
    const wrong = FILES.filter((file) => /^\s*export\s+\*/m.test(read(file)));
    expect(wrong).toEqual([]);
  });

  test('no file is too long', () => {
    const wrong = FILES.map((file) => ({ file, lines: read(file).split('\n').length - 1 }))
      .filter(({ lines }) => lines > FILE_MAX_LINES)
      .map(({ file, lines }) => `${file} has ${lines} lines: split it where its second purpose begins, at about 250`);
    expect(wrong).toEqual([]);
  });
});

function importsOf(file: string): Import[] {
  const found = read(file).matchAll(
    /^\s*(?:import|export)\b[^'"();]*?\bfrom\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm,
  );
  return [...found].map(([, from, bare, dynamic]) => ({ file, specifier: from ?? bare ?? dynamic ?? '' }));
}

function isRelative({ specifier }: Import): boolean {
  return specifier.startsWith('.');
}

function folderOf(file: string): string {
  return file.includes('/') ? (file.split('/')[0] ?? '.') : '.';
}

function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

function read(file: string): string {
  return readFileSync(join(SRC, file), 'utf8');
}
