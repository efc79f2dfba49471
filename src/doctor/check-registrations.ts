import { SERVER_NAME } from '../clients/client.ts';
import { bad, type Check, firstSentence, good, type Surroundings } from './check.ts';
import { ownProgram } from './own-program.ts';
import type { RegistrationsFound } from './registrations.ts';

/** Which clients are told to run this server, and whether what they run is there. */
export function checkRegistrations(
  { registrations, taken, unreadable }: RegistrationsFound,
  worktree: string,
  { env }: Surroundings,
): Check[] {
  const checks = registrations.map(({ client, file, command }): Check => {
    const name = `registration of ${client}`;
    const runnable = ownProgram(command, { folder: worktree, env });
    if (runnable.is !== 'missing') return good(name, `${file}: ${command.join(' ')}`);
    return bad(
      name,
      `${file} runs ${runnable.what}, which is not there`,
      `Run \`paw-coordinator init --client ${client}\`.`,
    );
  });
  const faults = unreadable.map(({ client, file, problem }) =>
    bad(`registration of ${client}`, firstSentence(problem)[0], `Correct ${file}; ${client} cannot read it either.`),
  );
  const others = taken.map(({ client, file, command }) =>
    good(
      `registration of ${client}`,
      `${file} registers another server under the name ${SERVER_NAME}: ${command.join(' ')}`,
      `Rename or remove that one and run \`paw-coordinator init --client ${client}\`, if this server is wanted there.`,
    ),
  );
  const all = [...checks, ...others, ...faults];
  if (all.length > 0) return all;
  return [good('registrations', 'no client is told to run this server here', 'Run `paw-coordinator init`.')];
}
