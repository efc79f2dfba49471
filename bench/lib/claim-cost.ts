import { claimRequestSchema } from '../../src/protocol/requests.ts';
import { claim, release } from '../../src/state/claims/claims.ts';
import { DEFAULT_CONFIG } from '../../src/state/config.ts';
import { createState } from '../../src/state/state.ts';
import { Transaction } from '../../src/state/transaction.ts';
import type { Row } from './row.ts';
import { median } from './statistics.ts';

const CLAIMS = 10_000;
const HOLDERS = 50;
const SAMPLES = 400;
const REQUIRED_MS = { atMost: 2 };

/** What deciding a claim costs where thousands are live, in this process: no link, no disk. */
export function claimCost(): Row[] {
  const state = createState();
  const decide = <A>(rule: (tx: Transaction) => A): A => {
    const tx = new Transaction(state, { wall: Date.now(), mono: performance.now() }, DEFAULT_CONFIG);
    const answer = rule(tx);
    state.record += 1;
    return answer;
  };
  const ask = (agent: string, path: string, queue = false): boolean => {
    const targets = [{ path, ...(path.includes('*') ? { glob: path } : {}) }];
    return decide((tx) => claim(tx, agent, claimRequestSchema.parse({ targets, queue }))).answer.granted;
  };
  const free = (agent: string, path: string): void => {
    decide((tx) => release(tx, agent, { paths: [path], names: [], work: [], all: false, force: false }, 'holder'));
  };
  /** The median of many decisions, each taken back at once. */
  const cost = (agent: string, path: (sample: number) => string, granted: boolean): number => {
    const samples: number[] = [];
    for (let sample = 0; sample < SAMPLES; sample += 1) {
      const start = performance.now();
      const answer = ask(agent, path(sample));
      samples.push(performance.now() - start);
      if (answer !== granted) throw new Error(`The claim on ${path(sample)} was not decided as expected.`);
      if (answer) free(agent, path(sample));
    }
    return median(samples);
  };

  const agents = Array.from({ length: HOLDERS }, (_, index) => `agent-${index + 1}`);
  for (const id of [...agents, 'late']) decide((tx) => tx.emit({ kind: 'agent', id, set: { met: true } }));
  for (let index = 0; index < CLAIMS; index += 1)
    ask(agents[index % HOLDERS] ?? '', `src/module-${index % 97}/file-${index}.ts`);
  const fresh = cost('late', (sample) => `src/module-5/new-${sample}.ts`, true);
  const blocked = cost('late', () => 'src/**/*.ts', false);
  ask('late', 'src/**/*.ts', true);
  const beside = cost('agent-1', (sample) => `src/module-5/new-${sample}.ts`, true);
  const among = `among ${CLAIMS.toLocaleString('en')} live ones`;
  return [
    { figure: `new claim ${among}, decided in`, measured: fresh, unit: 'ms', required: REQUIRED_MS },
    { figure: 'claim that all of them stand against', measured: blocked, unit: 'ms', required: REQUIRED_MS },
    { figure: 'claim while another waits for them all', measured: beside, unit: 'ms', required: REQUIRED_MS },
  ];
}
