import { DEFAULT_CONFIG } from '../src/state/config.ts';
import { withLearnings } from '../src/state/learnings/given-learnings.ts';
import { searchLearnings } from '../src/state/learnings/learning-search.ts';
import { enterSome } from '../src/state/learnings/learning-words.ts';
import { learn } from '../src/state/learnings/learnings.ts';
import { createState, type State } from '../src/state/state.ts';
import { Transaction } from '../src/state/transaction.ts';
import { benchmark } from './lib/benchmark.ts';
import { percentile, timed } from './lib/statistics.ts';

const RECORDS = 10_000;
const ROUNDS = 50;
const WARM_UP = 5;
const WORDS =
  'session token auth login test flaky timezone database migration retry cache build bundle lint config schema worker thread socket journal snapshot branch rebase merge path queue lease expiry handler when the is in fails'.split(
    ' ',
  );
const QUERIES = [
  'flaky timezone',
  'sesion tokne',
  'why does the database migration fail when the cache is cold',
  'build',
  'te',
  'convention schema',
];
const START = Date.parse('2026-01-01T00:00:00.000Z');

/** Searching and handing out learnings when a repository has collected many of them; in this process. */
await benchmark(async () => {
  const state = stateWith(RECORDS);
  const rebuilt = await timed(() => enterSome(state.learnings, RECORDS));
  const searches: number[] = [];
  const grants: number[] = [];
  for (let round = 0; round < WARM_UP + ROUNDS; round += 1) {
    if (round === WARM_UP) searches.length = grants.length = 0;
    for (const query of QUERIES) searches.push(await timed(() => searchLearnings(state, { query, limit: 10 })));
    searches.push(await timed(() => searchLearnings(state, { paths: ['src/auth'], limit: 10 })));
    searches.push(await timed(() => searchLearnings(state, { query: 'retry', category: 'decision', limit: 10 })));
    grants.push(await timed(() => handOut(state, `session ${round}`, `src/auth/cache${round}.ts`)));
  }
  return [
    { figure: `index of ${RECORDS} learnings, made in`, measured: rebuilt, unit: 'ms' },
    { figure: `search of ${RECORDS} learnings, p50`, measured: percentile(searches, 0.5), unit: 'ms' },
    {
      figure: `search of ${RECORDS} learnings, p99`,
      measured: percentile(searches, 0.99),
      unit: 'ms',
      required: { atMost: 20 },
    },
    { figure: 'learnings for a granted claim, p99', measured: percentile(grants, 0.99), unit: 'ms' },
  ];
});

function stateWith(count: number): State {
  const state = createState();
  const pick = picker();
  const sentence = (length: number): string =>
    Array.from({ length }, () => `${WORDS[pick(WORDS.length)]}${pick(2) === 0 ? '' : pick(3000)}`).join(' ');
  for (let index = 0; index < count; index += 1) {
    const tx = new Transaction(state, { wall: START + index, mono: index }, DEFAULT_CONFIG);
    const folder = WORDS[pick(12)];
    learn(tx, {
      category: ['convention', 'decision', 'doc_gap', 'tooling_friction'][pick(4)] ?? 'decision',
      title: sentence(10),
      body: {
        problem: sentence(15),
        workaround: sentence(10),
        paths: [`src/${folder}/${WORDS[pick(16)]}${pick(300)}.ts`],
      },
      by: `agent-${pick(10)}`,
    });
  }
  return state;
}

function handOut(state: State, session: string, path: string): void {
  const tx = new Transaction(state, { wall: START, mono: 0 }, DEFAULT_CONFIG);
  withLearnings(tx, { agent: 'agent-1', session }, [{ path }], { granted: true });
}

/** Numbers below a bound that look random and are the same in every run. */
function picker(): (bound: number) => number {
  let seed = 1;
  return (bound) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * bound);
  };
}
