import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configJsonSchema, configSchema } from '../../src/config/schema.ts';

const CHECKOUT = resolve(import.meta.dirname, '../..');

interface Node {
  properties?: Record<string, Node>;
  description?: string;
  required?: string[];
}

describe('config.schema.json', () => {
  test('is up to date; `node scripts/config-schema.mjs` writes it', () => {
    expect(readFileSync(join(CHECKOUT, 'config.schema.json'), 'utf8')).toBe(configJsonSchema());
  });

  test('describes every key and requires none', () => {
    const keys = nodes('', JSON.parse(configJsonSchema()) as Node);
    const leaves = keys.filter(([, node]) => node.properties === undefined);
    expect(keys.filter(([, { required }]) => required !== undefined)).toEqual([]);
    expect(leaves.filter(([, { description }]) => description === undefined).map(([key]) => key)).toEqual(['$schema']);
    expect(leaves.map(([key]) => key).sort()).toEqual([
      '$schema',
      'claims.disconnectGraceSeconds',
      'conflict.escalateOnViolation',
      'conflict.ignore',
      'conflict.warnOnIntentOverlap',
      'conflict.windowSeconds',
      'guard.branch',
      'guard.mode',
      'guard.preset',
      'guard.protectedPaths',
      'guard.push',
      'idleExitSeconds',
      'learnings.commit',
      'learnings.flushSeconds',
      'repository.base',
      'retention.bytes',
      'retention.days',
      'retention.messages',
      'verify.command',
      'verify.nudge',
      'verify.remindSeconds',
      'verify.review',
      'verify.timeoutSeconds',
      'watch.republishWorkingTtlSeconds',
      'work.maxAttempts',
      'worker.command',
      'worker.folder',
      'worker.push',
      'worker.slots',
      'worker.timeoutSeconds',
    ]);
  });
});

test('no shell is given what an item says, however it is started', () => {
  const allows = (...command: string[]): boolean => configSchema.safeParse({ worker: { command } }).success;
  for (const refused of [
    ['sh', '-c', 'echo {title}'],
    ['/bin/bash', '-ec', 'echo {body}'],
    ['sh', '-c', '-e', 'echo {title}'],
    ['bash', '-o', 'pipefail', '-ce', '--', '{prompt}'],
    ['env', 'sh', '-c', 'echo {id}'],
    ['nice', '-n', '5', '/usr/bin/env', 'zsh', '-lc', 'echo {title}'],
    ['sh', '-c', 'echo "$1"', 'sh', '{title}'],
  ])
    expect([refused, allows(...refused)]).toEqual([refused, false]);
  for (const allowed of [
    ['sh', '-c', 'echo "$PAW_WORK_TITLE"'],
    ['./agent.sh', '-c', '{title}'],
    ['bash', 'agent.sh', '{title}'],
    ['codex', 'exec', '-c', 'key=value', '{prompt}'],
  ])
    expect([allowed, allows(...allowed)]).toEqual([allowed, true]);
});

test('every wrong value is explained in our own words', () => {
  const values = [null, -1, 1e12, 1.5, '', 'x'.repeat(5000), true, [''], [1], Array(1001).fill('a'), {}, 'text'];
  for (const [name, schema] of Object.entries(configSchema.shape)) {
    for (const value of values) {
      const issues = schema.safeParse(value).error?.issues ?? [];
      for (const { message } of issues) expect(message, `${name}: ${JSON.stringify(value)}`).toMatch(/^(an? |true)/);
    }
  }
});

function nodes(key: string, node: Node): [string, Node][] {
  const below = Object.entries(node.properties ?? {}).flatMap(([name, child]) =>
    nodes(key === '' ? name : `${key}.${name}`, child),
  );
  return [[key, node], ...below];
}
