import { withCoordinator } from './coordinator-link.ts';
import { print, printJson } from './output.ts';

const ALL = 'all';

/** `paw-coordinator resume`: lets one paused agent go on, or all of them. */
export async function resume(agent: string, { json }: { json?: boolean }): Promise<void> {
  const answer = await withCoordinator((link) => link.request('resume', { agent }));
  if (json === true) return printJson(answer);
  if (answer.resumed.length === 0) print(agent === ALL ? 'Nobody was paused.' : `${agent} was not paused.`);
  else if (agent === ALL) print('All agents can go on.');
  else print(`${answer.resumed.join(', ')} can go on.`);
}
