import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LearningsSettings } from '../../src/config/schema.ts';
import { Engine } from '../../src/coordinator/engine.ts';
import { LearningsFile } from '../../src/coordinator/learnings-file.ts';
import { stateFolder } from '../../src/repository/layout.ts';
import { DEFAULT_CONFIG } from '../../src/state/config.ts';
import { forget, learn } from '../../src/state/learnings/learnings.ts';
import { createState, type State } from '../../src/state/state.ts';
import { until } from '../harness/until.ts';

let root: string;
let commonDir: string;
let file: string;
let settings: LearningsSettings;
let logged: string[];
let log: Logger;
const running: LearningsFile[] = [];

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(process.env.PAW_TEST_ROOT ?? tmpdir(), 'paw-learnings-')));
  commonDir = join(root, '.git');
  mkdirSync(stateFolder(commonDir), { recursive: true });
  file = join(root, '.paw', 'learnings.md');
  settings = { flushSeconds: 0, commit: false };
  logged = [];
  log = pino({}, { write: (line) => void logged.push(line) });
});
afterEach(async () => {
  for (const one of running.splice(0)) await one.close().catch(() => undefined);
  rmSync(root, { recursive: true, force: true });
});

/** An engine whose journal is always on disk. */
function engineOf(state: State): Engine {
  const journal = {
    failure: undefined,
    durable: 0,
    append: () => 'ok' as const,
    synced: () => Promise.resolve(),
    written: () => Promise.resolve(),
    flush: () => Promise.resolve(),
    reopen: () => undefined,
  };
  return new Engine({ state, journal, reload: () => createState(), config: DEFAULT_CONFIG, origin: 'test' });
}

function open(engine: Engine, bare = false): LearningsFile {
  const opened = new LearningsFile({
    engine,
    commonDir,
    root: bare ? undefined : root,
    settings: () => settings,
    log,
  });
  running.push(opened);
  return opened;
}

function record(engine: Engine, title: string): Promise<{ id: string }> {
  return engine.decide((tx) => learn(tx, { category: 'convention', title, body: {}, by: 'x' }));
}

function text(): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function untilWritten(title: string): Promise<unknown> {
  return until(() => text().includes(`- ${title} (x)`), { what: `${title} to be in the file` });
}

function excluded(): string {
  const path = join(commonDir, 'info', 'exclude');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

describe('the file', () => {
  it('is not made without news', async () => {
    const opened = open(engineOf(createState()));
    await opened.close();
    expect(readdirSync(root)).toEqual(['.git']);
    expect(excluded()).toBe('');
  });

  it('has one section for a run, however often it is written', async () => {
    const state = createState();
    const engine = engineOf(state);
    open(engine);
    await record(engine, 'one');
    await untilWritten('one');
    await record(engine, 'two');
    await untilWritten('two');
    expect(text().match(/^## .*$/gm)).toHaveLength(1);
    expect(text()).toContain('- one (x)\n- two (x)\n');
    await until(() => state.unfiled.size === 0, { what: 'the news to be filed' });
    expect(statSync(file).mode & 0o777).toBe(0o644);
    expect(readdirSync(join(root, '.paw'))).toEqual(['learnings.md']);
    expect(readdirSync(stateFolder(commonDir))).toEqual([]);
  });

  it('keeps earlier runs as they are, even one that began in the same second', async () => {
    const state = createState();
    const first = open(engineOf(state));
    await record(engineOf(state), 'one');
    await first.close();
    const before = text();
    const second = open(engineOf(state));
    await second.close();
    expect(text()).toBe(before);
    const third = open(engineOf(state));
    await record(engineOf(state), 'two');
    await third.close();
    expect(text().startsWith(before)).toBe(true);
    expect(new Set(text().match(/^## .*$/gm)).size).toBe(2);
  });

  it('keeps what the user writes before and after our section', async () => {
    const engine = engineOf(createState());
    const opened = open(engine);
    await record(engine, 'one');
    await untilWritten('one');
    writeFileSync(file, `mine\n${text()}`);
    appendFileSync(file, 'and mine\n');
    await record(engine, 'two');
    await opened.close();
    expect(text()).toMatch(/^mine\n# Learnings\n[\s\S]*- one \(x\)\n- two \(x\)\nand mine\n$/);
  });

  it('drops what is forgotten from the section of this run, without other news', async () => {
    const engine = engineOf(createState());
    const opened = open(engine);
    const { id } = await record(engine, 'one');
    await untilWritten('one');
    await record(engine, 'two');
    await untilWritten('two');
    await engine.decide((tx) => forget(tx, id));
    await until(() => !text().includes('- one (x)'), { what: 'the lesson to be gone' });
    expect(text()).toContain('- two (x)\n');
    await opened.close();
    expect(text()).not.toContain('- one (x)');
  });

  it('drops what is forgotten just before the end, and keeps what an earlier run wrote', async () => {
    const engine = engineOf(createState());
    const first = open(engine);
    const { id: early } = await record(engine, 'early');
    await first.close();
    const opened = open(engine);
    const { id } = await record(engine, 'one');
    await untilWritten('one');
    settings.flushSeconds = 3600;
    opened.reconfigure();
    await engine.decide((tx) => forget(tx, id));
    await engine.decide((tx) => forget(tx, early));
    await opened.close();
    expect(text()).toContain('- early (x)');
    expect(text()).not.toContain('- one (x)');
  });

  it('lies in the state folder of a bare repository, and is in no exclude list', async () => {
    file = join(stateFolder(commonDir), 'learnings.md');
    const engine = engineOf(createState());
    const opened = open(engine, true);
    await record(engine, 'one');
    await opened.close();
    expect(text()).toContain('- one (x)');
    expect(excluded()).toBe('');
  });
});

describe('a write that fails', () => {
  it('is logged and made again, with nothing lost', async () => {
    const engine = engineOf(createState());
    writeFileSync(join(root, '.paw'), 'in the way');
    open(engine);
    await record(engine, 'one');
    await until(() => logged.length > 0, { what: 'the failure to be logged' });
    await record(engine, 'two');
    rmSync(join(root, '.paw'));
    await untilWritten('two');
    expect(text()).toMatch(/^# Learnings\n[\s\S]*- one \(x\)\n- two \(x\)\n$/);
  });

  it('at the end of a run is made up for by the next one', async () => {
    const state = createState();
    writeFileSync(join(root, '.paw'), 'in the way');
    const first = open(engineOf(state));
    await record(engineOf(state), 'one');
    await first.close();
    rmSync(join(root, '.paw'));
    await open(engineOf(state)).close();
    expect(text()).toContain('- one (x)');
  });

  it.each(['passwd', '.git/config', '.'])('never follows a link to %s', async (target) => {
    const outside = mkdtempSync(join(process.env.PAW_TEST_ROOT ?? tmpdir(), 'paw-outside-'));
    try {
      const victim = target === 'passwd' ? join(outside, target) : join(root, target);
      if (target !== '.') writeFileSync(victim, 'precious');
      mkdirSync(join(root, '.paw'));
      symlinkSync(victim, file);
      const engine = engineOf(createState());
      const opened = open(engine);
      await record(engine, 'one');
      await opened.close();
      if (target !== '.') expect(readFileSync(victim, 'utf8')).toBe('precious');
      expect(logged.join()).toContain(target === '.' ? 'is no file' : `a link to ${victim}`);
      expect(engine.state.unfiled.size).toBe(1);
    } finally {
      rmSync(outside, { recursive: true });
    }
  });

  it('never follows a folder that is a link out of the repository', async () => {
    const outside = mkdtempSync(join(process.env.PAW_TEST_ROOT ?? tmpdir(), 'paw-outside-'));
    try {
      symlinkSync(outside, join(root, '.paw'));
      const engine = engineOf(createState());
      const opened = open(engine);
      await record(engine, 'one');
      await opened.close();
      expect(readdirSync(outside)).toEqual([]);
    } finally {
      rmSync(outside, { recursive: true });
    }
  });
});

describe('commits', () => {
  it('leave the file out, unless the user wants it in', async () => {
    const engine = engineOf(createState());
    const opened = open(engine);
    await record(engine, 'one');
    await untilWritten('one');
    expect(excluded()).toContain('\n.paw/learnings.md\n');
    settings = { flushSeconds: 0, commit: true };
    opened.reconfigure();
    expect(excluded()).toBe('');
    settings = { flushSeconds: 0, commit: false };
    opened.reconfigure();
    expect(excluded().match(/learnings\.md/g)).toHaveLength(1);
  });

  it('news do not wait longer than a changed configuration says', async () => {
    settings = { flushSeconds: 3600, commit: false };
    const engine = engineOf(createState());
    const opened = open(engine);
    await record(engine, 'one');
    settings = { flushSeconds: 0, commit: false };
    opened.reconfigure();
    await untilWritten('one');
  });
});
