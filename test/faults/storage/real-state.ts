import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PawError } from '../../../src/errors/paw-error.ts';
import type { StateLayout } from '../../../src/repository/layout.ts';
import { apply } from '../../../src/state/apply.ts';
import { claim, release } from '../../../src/state/claims/claims.ts';
import type { StateRecord } from '../../../src/state/records.ts';
import { createState, toSnapshot } from '../../../src/state/state.ts';
import { fold } from '../../../src/storage/fold.ts';
import { Journal } from '../../../src/storage/journal.ts';
import { stateRules } from '../../../src/storage/state-rules.ts';
import { Team } from '../../state/team.ts';
import { claimRequest, releaseRequest } from '../../state/world.ts';
import type { Random } from '../random.ts';

const AGENTS = ['a', 'b', 'c', 'd'];
const PATHS = ['src', 'src/a.ts', 'docs/*.md', 'läb/x y.ts'];
const TEXTS = ['short', 'with “quotes” and 日本語', 'a line\nand another', 'x'.repeat(700)];

/** Records of random traffic, as a coordinator journals them. */
export function realRecords(random: Random, count: number): StateRecord[] {
  const team = new Team();
  team.join(...AGENTS);
  team.supervise();
  while (team.records.length < count) {
    const agent = random.pick(AGENTS);
    try {
      step(team, agent, random);
    } catch (error) {
      if (!(error instanceof PawError)) throw error;
    }
    if (random.chance(0.1)) team.pass(random.below(100));
  }
  return team.records.slice(0, count);
}

function step(team: Team, agent: string, random: Random): void {
  const to = [random.pick([...AGENTS, 'all'])];
  const text = random.pick(TEXTS);
  const steps = [
    () => team.say(agent, { type: 'note', to, text }, { call: String(random.below(1000)) }),
    () => team.say(agent, { type: 'question', to: [random.pick(AGENTS)], text }),
    () => team.say(agent, { type: 'status', status: 'working', text }),
    () => team.read(agent),
    () => team.poll(agent),
    () => team.run((tx) => claim(tx, agent, claimRequest([random.pick(PATHS)], { queue: random.chance(0.5) }))),
    () => team.run((tx) => release(tx, agent, releaseRequest({ all: true }), 'holder')),
  ];
  random.pick(steps)();
}

/** For each number of records from 0 on, the state after them as the text of its snapshot. */
export function statesAfter(records: readonly StateRecord[]): string[] {
  const state = createState();
  const texts = [textOf(state)];
  for (const record of records) {
    apply(state, record);
    texts.push(textOf(state));
  }
  return texts;
}

/** A state as text; equal states give equal texts. */
export function textOf(state: ReturnType<typeof createState>): string {
  return JSON.stringify(toSnapshot(state));
}

/**
 * Journals these records, with a new segment after each of `ends`, and makes a snapshot after each of `snapshots`.
 */
export async function writeState(
  layout: StateLayout,
  records: readonly StateRecord[],
  { ends = [], snapshots = [] }: { ends?: number[]; snapshots?: number[] } = {},
): Promise<void> {
  const journal = new Journal<StateRecord>({ folder: layout.journal, term: 1, last: 0 });
  for (const record of records) {
    journal.append(record.n - 1, record);
    if (!ends.includes(record.n)) continue;
    await journal.synced();
    await journal.roll();
  }
  await journal.close();
  for (const through of snapshots) await fold({ stateDir: layout.folder, through }, stateRules);
}

/** What of a state can be damaged: its snapshots and segments, by their paths, with what is in them. */
export type Files = Map<string, Buffer>;

export function readFiles(layout: StateLayout): Files {
  const snapshots = [layout.snapshot, layout.previousSnapshot].filter((file) => existsSync(file));
  return new Map([...snapshots, ...segmentFiles(layout)].map((file) => [file, readFileSync(file)]));
}

/** The segments of the journal, oldest first. */
export function segmentFiles({ journal }: StateLayout): string[] {
  return readdirSync(journal)
    .sort()
    .map((name) => join(journal, name));
}

/** Makes a state consist of these files and nothing else. */
export function restoreFiles(layout: StateLayout, files: Files): void {
  rmSync(layout.damaged, { recursive: true, force: true });
  for (const file of readFiles(layout).keys()) if (!files.has(file)) rmSync(file);
  for (const [file, content] of files) writeFileSync(file, content);
}
