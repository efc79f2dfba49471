import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configJsonSchema } from '../../src/config/schema.ts';
import { CHECKOUT } from '../harness/dist.ts';

const README = readFileSync(join(CHECKOUT, 'README.md'), 'utf8');

interface Schema {
  default?: unknown;
  properties?: Record<string, Schema>;
}

/** The rows of the table below a heading, as cells. */
function rowsBelow(heading: string): string[][] {
  const section = README.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe('README.md', () => {
  test('names exactly the tools there are', async () => {
    const { TOOLS } = await import('../../src/tools/all.ts');
    const named = rowsBelow('Tools for agents').map(([tool]) => tool?.replaceAll('`', ''));
    expect(named.sort()).toEqual(TOOLS.map(({ name }) => name).sort());
  });

  test('names commands that exist', () => {
    const files = ['program.ts', 'work-program.ts', 'worker-program.ts'];
    const program = files.map((name) => readFileSync(join(CHECKOUT, 'src/commands', name), 'utf8')).join('\n');
    const named = [...README.matchAll(/^(?:paw-coordinator|.*npx paw-coordinator) ([a-z]+)/gm)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !program.includes(`.command('${name}'`))).toEqual([]);
  });

  test('names keys of the configuration that exist, with their defaults', () => {
    const schema = JSON.parse(configJsonSchema()) as Schema;
    const rows = rowsBelow('Configuration');
    const keys = rows.flatMap(([cell = '']) => {
      const [first = '', ...rest] = [...cell.matchAll(/`([^`]+)`/g)].map(([, key]) => key ?? '');
      return [first, ...rest.map((key) => first.split('.')[0] + key)];
    });
    const found = keys.map((key) =>
      key.split('.').reduce<Schema | undefined>((at, name) => at?.properties?.[name], schema),
    );
    expect(keys.filter((_key, index) => found[index] === undefined)).toEqual([]);
    const defaults = Object.fromEntries(keys.map((key, index) => [key, found[index]?.default]));
    expect(defaults).toMatchObject({
      idleExitSeconds: 600,
      'claims.disconnectGraceSeconds': 120,
      'conflict.warnOnIntentOverlap': true,
      'retention.messages': 10_000,
      'retention.bytes': 64 * 1024 * 1024,
      'retention.days': 14,
    });
  });

  test('links to files that exist', () => {
    const links = [...README.matchAll(/\]\(([^)#]+)\)/g)].map(([, target]) => target ?? '');
    expect(links.filter((target) => !/^https?:/.test(target) && !existsSync(join(CHECKOUT, target)))).toEqual([]);
  });
});
