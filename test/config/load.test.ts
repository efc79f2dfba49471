import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type GoodConfig, loadConfig } from '../../src/config/load.ts';
import { defaultSettings } from '../../src/config/settings.ts';
import { DEFAULT_CONFIG } from '../../src/state/config.ts';

const DEFAULTS = {
  state: DEFAULT_CONFIG,
  idleExitSeconds: 600,
  learnings: { flushSeconds: 60, commit: false },
  worker: { timeoutSeconds: 3600, push: false, slots: 1 },
};

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(process.env.PAW_TEST_ROOT ?? tmpdir(), 'paw-config-'));
  file = join(folder, 'config.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('what a file says', () => {
  test('without a file the defaults hold', () => {
    expect(good()).toEqual({ settings: DEFAULTS, warnings: [] });
    expect(defaultSettings()).toEqual(DEFAULTS);
    expect(loadConfig(join(folder, 'absent', 'config.json'))).toMatchObject({ settings: DEFAULTS });
  });

  test('every key is optional', () => {
    expect(good({})).toEqual({ settings: DEFAULTS, warnings: [] });
    expect(good({ claims: {}, repository: {}, conflict: { windowSeconds: 5 } }).settings).toEqual({
      ...DEFAULTS,
      state: { ...DEFAULT_CONFIG, conflict: { ...DEFAULT_CONFIG.conflict, windowSeconds: 5 } },
    });
  });

  test('every key takes effect', () => {
    const state = {
      claims: { disconnectGraceSeconds: 0.5 },
      watch: { republishWorkingTtlSeconds: 5 },
      conflict: { ignore: ['docs/**'], warnOnIntentOverlap: false, windowSeconds: 0, escalateOnViolation: false },
      guard: { protectedPaths: ['docs/adr'], mode: 'block', preset: 'openspec', branch: 'block', push: 'block' },
      work: { maxAttempts: 7 },
      retention: { messages: 1, bytes: 2, days: 3 },
    };
    const worker = { command: ['run', ' x ', ''], timeoutSeconds: 5, push: true, slots: 2, folder: '../there' };
    const asking = { nudge: false, remindSeconds: 9, review: true };
    const verify = { ...asking, command: ' npm test ', timeoutSeconds: 60 };
    const learnings = { flushSeconds: 0.5, commit: true };
    expect(good({ ...state, verify, learnings, worker, repository: { base: ' trunk ' }, idleExitSeconds: 7 })).toEqual({
      settings: {
        state: { ...state, verify: { ...asking, gate: true } },
        gate: { command: 'npm test', timeoutSeconds: 60 },
        base: 'trunk',
        idleExitSeconds: 7,
        learnings,
        worker,
      },
      warnings: [],
    });
  });

  test('a gate is a command for the shell, or a program with arguments', () => {
    const gate = (command: unknown): unknown => good({ verify: { command } }).settings.gate;
    expect(gate('make check')).toEqual({ command: 'make check', timeoutSeconds: 900 });
    expect(gate(['make', 'check it'])).toEqual({ command: ['make', 'check it'], timeoutSeconds: 900 });
    expect(good({ verify: { timeoutSeconds: 5 } }).settings).toEqual(DEFAULTS);
  });

  test('the address of a schema and a byte order mark are accepted', () => {
    writeFileSync(file, `\uFEFF${JSON.stringify({ $schema: './config.schema.json', idleExitSeconds: 1 })}`);
    expect(loadConfig(file)).toMatchObject({ settings: { idleExitSeconds: 1 }, warnings: [] });
  });

  test('the defaults are not shared with what is handed out', () => {
    good({}).settings.state.retention.messages = 1;
    good({}).settings.state.conflict.ignore.push('everything');
    expect(good({}).settings).toEqual(DEFAULTS);
    expect(DEFAULT_CONFIG.conflict.ignore).not.toContain('everything');
  });

  test.each([
    [0, 0, false],
    [0.5, 5, true],
    [1, 5, true],
    [4, 5, true],
    [5, 5, false],
  ])('a working time of %d s counts as %d s', (given, used, warned) => {
    const { settings, warnings } = good({ watch: { republishWorkingTtlSeconds: given } });
    expect(settings.state.watch.republishWorkingTtlSeconds).toBe(used);
    const warning = `\`watch.republishWorkingTtlSeconds\` is ${given}, and 5 is used: anything shorter is unreliable, and 0 switches it off.`;
    expect(warnings).toEqual(warned ? [warning] : []);
  });
});

describe('unknown keys', () => {
  test.each([
    [{ claims: { disconectGraceSeconds: 1 } }, 'claims.disconectGraceSeconds', 'claims.disconnectGraceSeconds'],
    [{ idleExitSecond: 1 }, 'idleExitSecond', 'idleExitSeconds'],
    [{ conflicts: { windowSeconds: 1 } }, 'conflicts', 'conflict'],
    [{ windowSeconds: 1 }, 'windowSeconds', 'conflict.windowSeconds'],
    [{ watch: { idleExitSeconds: 1 } }, 'watch.idleExitSeconds', 'idleExitSeconds'],
    [{ 'retention.day': 1 }, 'retention.day', 'retention.days'],
  ])('%j names the nearest key', (content, key, near) => {
    expect(good({ ...content })).toEqual({
      settings: DEFAULTS,
      warnings: [`\`${key}\` is no key of the configuration and has no effect; did you mean \`${near}\`?`],
    });
  });

  test('one that is like no other names what there is', () => {
    expect(good({ retention: { zzz: 1 }, qqq: 1 }).warnings).toEqual([
      '`retention.zzz` is no key of the configuration and has no effect; the keys here are retention.messages, retention.bytes, retention.days.',
      '`qqq` is no key of the configuration and has no effect; the keys here are repository, idleExitSeconds, claims, watch, verify, conflict, guard, work, worker, learnings, retention.',
    ]);
  });

  test('a key with its section in its name shows the right form', () => {
    expect(good({ 'conflict.windowSeconds': 3 }).warnings).toEqual([
      '`conflict.windowSeconds` has no effect as one name with a dot; write it as {"conflict":{"windowSeconds":3}}.',
    ]);
  });

  test('names that every object has are unknown too', () => {
    writeFileSync(file, '{"__proto__": {"retention": 1}, "constructor": 1, "retention": {"toString": 2, "days": 3}}');
    const loaded = loadConfig(file);
    expect(loaded).toMatchObject({ settings: { state: { retention: { days: 3, messages: 10_000 } } } });
    expect(loaded).toMatchObject({ warnings: [/`__proto__`/, /`constructor`/, /`retention.toString`/].map(matching) });
  });
});

describe('what is wrong', () => {
  test.each([
    [{ idleExitSeconds: '600' }, '`idleExitSeconds` must be a number of seconds from 0 to 604,800, not "600"'],
    [{ idleExitSeconds: -1 }, '`idleExitSeconds` must be a number of seconds from 0 to 604,800, not -1'],
    [{ retention: { days: 1.5 } }, '`retention.days` must be a whole number from 1 to 3,650, not 1.5'],
    [{ retention: { messages: 0 } }, '`retention.messages` must be a whole number from 1 to 1,000,000, not 0'],
    [{ conflict: { warnOnIntentOverlap: 'yes' } }, '`conflict.warnOnIntentOverlap` must be true or false, not "yes"'],
    [
      { conflict: { ignore: '*.lock' } },
      '`conflict.ignore` must be a list of globs, such as ["**/*.lock"], not "*.lock"',
    ],
    [{ conflict: { ignore: ['a', 1] } }, '`conflict.ignore[1]` must be a glob, not 1'],
    [
      { conflict: { ignore: ['a', '{b'] } },
      '`conflict.ignore[1]` must be a glob from the root of the repository, with no "/" or "!" before it and no ".." in it, every [ and { closed, and "/**" behind a folder, not "{b"',
    ],
    [
      { guard: { protectedPaths: ['/docs'] } },
      '`guard.protectedPaths[0]` must be a path or a glob from the root of the repository, with no "/" or "!" before it and no ".." in it, and every [ and { closed, not "/docs"',
    ],
    [
      { verify: { command: [] } },
      '`verify.command` must be a command for the shell, such as "npm test", or a list of program and arguments, not []',
    ],
    [{ verify: { timeoutSeconds: 0 } }, '`verify.timeoutSeconds` must be a number of seconds from 1 to 604,800, not 0'],
    [{ guard: { mode: 'on' } }, '`guard.mode` must be a mode: "warn", "block" or "off", not "on"'],
    [{ guard: { preset: 'speckit' } }, '`guard.preset` must be a known preset: "openspec", not "speckit"'],
    [
      { guard: { protectedPaths: 'docs' } },
      '`guard.protectedPaths` must be a list of paths and globs, such as ["docs/adr/**"], not "docs"',
    ],
    [{ work: { maxAttempts: 0 } }, '`work.maxAttempts` must be a whole number from 1 to 100, not 0'],
    [
      { worker: { command: 'claude -p' } },
      '`worker.command` must be a list of program and arguments, such as ["codex", "exec", "{prompt}"], not "claude -p"',
    ],
    [
      { worker: { command: [' ', 'x'] } },
      '`worker.command` must be a list of program and arguments, such as ["codex", "exec", "{prompt}"], not [" ","x"]',
    ],
    [
      { worker: { command: ['/bin/sh', '-c', 'run "{title}"'] } },
      '`worker.command` must be a command that puts no placeholder into a shell, which would run what an item says: use "$PAW_WORK_TITLE" there, not ["/bin/sh","-c","run \\"{title}\\""]',
    ],
    [{ worker: { slots: 65 } }, '`worker.slots` must be a whole number from 1 to 64, not 65'],
    [{ worker: { folder: '' } }, '`worker.folder` must be a folder, not ""'],
    [{ repository: { base: ' ' } }, '`repository.base` must be the name of a branch, not " "'],
    [{ claims: null }, '`claims` must be an object with the keys of this section, not null'],
    [{ claims: [] }, '`claims` must be an object with the keys of this section, not []'],
  ])('%j', (content, sentence) => {
    expect(failure(JSON.stringify(content))).toBe(explained(`: ${sentence}`));
  });

  test('everything at once, and long values cut', () => {
    const text = JSON.stringify({ idleExitSeconds: 'x'.repeat(100), retention: { bytes: true } });
    expect(failure(text)).toBe(
      explained(
        `: \`idleExitSeconds\` must be a number of seconds from 0 to 604,800, not "${'x'.repeat(59)}…; \`retention.bytes\` must be a whole number from 1 to 1,073,741,824, not true`,
      ),
    );
  });

  test('a number that no computer holds', () => {
    expect(failure('{"idleExitSeconds": 1e999}')).toContain('from 0 to 604,800, not Infinity');
  });

  test.each([
    ['{\n  "a": 1,\n}', 'line 3, column 1: expected a key in double quotes, found "}"'],
    ['{\r\n  // note\r\n}', 'line 2, column 3: expected a key in double quotes or }, found "/"'],
    ['', 'line 1, column 1: expected a value, found the end of the file'],
    ['{"a": 😀}', 'line 1, column 7: expected a value, found "😀"'],
  ])('%j is not JSON', (text, place) => {
    expect(failure(text)).toBe(explained(` is not valid JSON at ${place}`));
  });

  test.each([['[]'], ['"text"'], ['null']])('%s is no object', (text) => {
    expect(failure(text)).toBe(explained(` must hold one JSON object, not ${text}`));
  });

  test('a folder in its place', () => {
    mkdirSync(file);
    expect(loadConfig(file)).toMatchObject({
      error: { code: 'environment', message: explained(' cannot be read: it is not a file') },
    });
  });

  test('a file far too large', () => {
    expect(failure(' '.repeat(300_000))).toBe(
      explained(' cannot be read: it has 300000 bytes, and at most 262144 are read'),
    );
  });
});

function good(content?: object): GoodConfig {
  if (content !== undefined) writeFileSync(file, JSON.stringify(content));
  const { fingerprint: _, ...loaded } = loadConfig(file);
  if ('error' in loaded) throw loaded.error;
  return loaded;
}

function failure(text: string): string {
  writeFileSync(file, text);
  const loaded = loadConfig(file);
  if (!('error' in loaded)) throw new Error(`${text} was accepted`);
  return loaded.error.message;
}

function explained(problem: string): string {
  return `${file}${problem}. Nothing in this file takes effect until that is corrected; it is read again when it changes.`;
}

function matching(pattern: RegExp): unknown {
  return expect.stringMatching(pattern);
}
