import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Engine, type Rule } from '../../../src/coordinator/engine.ts';
import type { StateLayout } from '../../../src/repository/layout.ts';
import { DEFAULT_CONFIG } from '../../../src/state/config.ts';
import { log } from '../../../src/state/messages/log.ts';
import { publish } from '../../../src/state/messages/publish.ts';
import type { StateRecord } from '../../../src/state/records.ts';
import { createState } from '../../../src/state/state.ts';
import { Journal } from '../../../src/storage/journal.ts';
import { load } from '../../../src/storage/load.ts';
import { stateRules } from '../../../src/storage/state-rules.ts';
import { until } from '../../harness/until.ts';
import { type Faults, faultySegments, systemError, tempState } from '../../storage/toy.ts';
import { textOf } from './real-state.ts';

/* On a disk that takes its time nobody is answered before it is done, nobody is held up, and many share one sync. */

const AGENTS = Array.from({ length: 50 }, (_, index) => `w${index}`);
/** So slow is every sync before a test, in milliseconds, that the journal hands the next one to another thread. */
const SLOW_MS = 20;
/** Turns of the event loop in which everybody would be answered who does not wait for the disk. */
const TURNS = 50;

let layout: StateLayout;
let faults: Faults;
let journal: Journal<StateRecord>;
let engine: Engine;
/** Lets the sync under way, and all later ones, go on. */
let openGate = (): void => {};
beforeEach(async () => {
  layout = tempState();
  const segments = faultySegments();
  faults = segments.faults;
  journal = new Journal<StateRecord>({
    folder: layout.journal,
    term: 1,
    last: 0,
    createSegment: segments.createSegment,
  });
  engine = new Engine({
    state: createState(),
    journal,
    reload: (through) => load(layout.folder, stateRules, { through }).state,
    config: DEFAULT_CONFIG,
    origin: 'test',
  });
  faults.syncMs = SLOW_MS;
  for (const id of AGENTS) {
    // Also those of the other thread, after which the disk would count as quick again.
    faults.gate = sleep(SLOW_MS);
    await engine.decide((tx) => tx.emit({ kind: 'agent', id, set: { origin: 'branch', met: true } }));
  }
  faults.gate = new Promise((resolve) => {
    openGate = resolve;
  });
});
afterEach(() => journal.close());

const say =
  (agent: string, text: string): Rule<{ seq: number }> =>
  (tx) =>
    publish(
      tx,
      agent,
      { type: 'note', text, to: ['w0', 'w1'].filter((other) => other !== agent) },
      { targets: [], facts: {} },
    );
const last: Rule<number> = (tx) => log(tx.state, { limit: 1 }).last;

test('calls and reads wait for the disk, and not for each other', async () => {
  const syncs = faults.syncs;
  let answered = 0;
  const count = <T>(answer: T): T => {
    answered += 1;
    return answer;
  };
  const calls = AGENTS.map((agent) => engine.decide(say(agent, 'first')).then(count));
  const read = engine.decide(last).then(count);
  for (let done = 0; done < TURNS; done += 1) await turn();
  const later = AGENTS.map((agent) => engine.decide(say(agent, 'second')).then(count));
  for (let done = 0; done < TURNS; done += 1) await turn();
  expect(answered).toBe(0);
  expect(journal.durable).toBe(AGENTS.length);

  openGate();

  const seqs = [...(await Promise.all(calls)), ...(await Promise.all(later))].map(({ seq }) => seq);
  expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  expect(await read).toBe(AGENTS.length);
  expect(faults.syncs - syncs).toBe(2);
  expect(textOf(load(layout.folder, stateRules).state)).toBe(textOf(engine.state));
});

test('a sync that fails in the end refuses all who waited for it, and what comes after it holds', async () => {
  const before = textOf(engine.state);
  const { background } = faults;
  const waiting = [...AGENTS.map((agent) => engine.decide(say(agent, 'lost'))), engine.decide(last)];
  await until(() => faults.background > background, { what: 'the sync to be under way' });
  faults.failNext.sync = systemError('EIO');
  const gathered = engine.decide(say('w0', 'lost too'));
  openGate();
  for (const outcome of await Promise.allSettled([...waiting, gathered]))
    expect(outcome).toMatchObject({
      status: 'rejected',
      reason: { code: 'storage', message: expect.stringContaining('EIO') },
    });
  expect(await engine.decide(last)).toBe(0);
  expect(textOf(engine.state)).toBe(before);
  expect(await engine.decide(say('w0', 'kept'))).toMatchObject({ seq: 1 });
  expect(textOf(load(layout.folder, stateRules).state)).toBe(textOf(engine.state));
});
