import type { TestRepository } from '../../test/harness/repository.ts';
import { linkAgent } from '../lib/link-agents.ts';

/**
 * One process of the claim race: it connects, says that it is ready, and for each round it is told claims the
 * files of that round by one of several patterns, and answers whether it was granted.
 */
interface Claimer extends Pick<TestRepository, 'main' | 'commonDir' | 'stateDir'> {
  index: number;
}

const { index, ...repository } = JSON.parse(process.argv[2] ?? '') as Claimer;
const agent = linkAgent(repository, `claimer-${index}`);
let held = false;

process.on('message', async (round: number) => {
  // What was won in an earlier round is in nobody's way now.
  if (held) await agent.request('release', { all: true });
  const patterns = patternsOf(`src/round-${round}`);
  const path = patterns[(index + round) % patterns.length] ?? '';
  const target = { path, ...(/[*?{]/.test(path) ? { glob: path } : {}) };
  held = (await agent.request('claim', { targets: [target] })).granted;
  process.send?.(held);
});
process.once('disconnect', () => void agent.close());
await agent.request('status', {});
process.send?.('ready');

/** Patterns of which any two have a file in common. */
function patternsOf(folder: string): string[] {
  return [folder, `${folder}/**`, `${folder}/a.ts`, `${folder}/*.ts`, `${folder}/{a,b}.ts`, `${folder}/**/?.ts`];
}
