import { withCoordinator } from './coordinator-link.ts';
import { print, printJson } from './output.ts';

/** What an agent is told if its person gave no reason. */
const NO_REASON = 'no reason was given';
const ALL = 'all';

/** `paw-coordinator pause`: has the calls of one agent, or of all, refused with the reason until they are resumed. */
export async function pause(agent: string, words: readonly string[], { json }: { json?: boolean }): Promise<void> {
  const given = words.join(' ').trim();
  const reason = given === '' ? NO_REASON : given;
  const answer = await withCoordinator((link) => link.request('pause', { agent, reason }));
  if (json === true) return printJson(answer);
  const [paused = agent] = answer.paused;
  const who = paused === ALL ? 'All agents are' : `${paused} is`;
  print(`${who} paused. \`paw-coordinator resume ${paused}\` lets ${paused === ALL ? 'them' : 'it'} go on.`);
}
