import { wordsOf } from '../clients/shell-words.ts';
import { WAIT_MAX_SECONDS } from '../protocol/limits.ts';
import { bad, type Check, good, type Surroundings } from './check.ts';
import { ownProgram } from './own-program.ts';
import type { Registration } from './registrations.ts';
import { probeHook, probeServer } from './run-probe.ts';

/** One way on which news reaches an agent. */
interface Way {
  detail: string;
  /** Why it does not work, and what to do; absent if it does, or could not be tried. */
  broken?: { problem: string; fix: string };
}

/** The hook of a client whose hooks feed an agent. */
const HOOKED_CLIENT = 'claude-code';

/**
 * How news reaches an agent of each registered client: by hooks at its next step, by `poll` while it waits. Both are
 * tried out, unless the client is told to run something else than this program.
 */
export async function checkWakePaths(
  registrations: readonly Registration[],
  hookCommand: string | undefined,
  { worktree, ...surroundings }: Surroundings & { worktree: string },
): Promise<Check[]> {
  const clients = new Map(registrations.map((registration) => [registration.client, registration]));
  const checks: Check[] = [];
  for (const [client, registration] of clients) {
    const ways = [await longPoll(registration, worktree, surroundings)];
    if (client === HOOKED_CLIENT && hookCommand !== undefined)
      ways.unshift(await hooks(hookCommand, worktree, surroundings));
    checks.push(checkOf(client, ways));
  }
  return checks;
}

function checkOf(client: string, ways: readonly Way[]): Check {
  const name = `wake path of ${client}`;
  const broken = ways.flatMap((way) => way.broken ?? []);
  const detail = ways.map((way) => (way.broken ? `${way.detail} (${way.broken.problem})` : way.detail)).join('; ');
  if (broken.length > 0) return bad(name, detail, broken.map(({ fix }) => fix).join(' '));
  return good(name, detail);
}

async function hooks(command: string, folder: string, surroundings: Surroundings): Promise<Way> {
  const detail = 'hooks at its next step';
  const fix = 'Run `paw-coordinator init --hooks`.';
  const words = wordsOf(command);
  const runnable = words && ownProgram(words, { folder, env: surroundings.env });
  if (runnable?.is === 'missing') return { detail, broken: { problem: `${runnable.what} is not there`, fix } };
  if (runnable?.is !== 'ours') return { detail: `${detail} (not tried: they run ${command})` };
  try {
    const said = await probeHook({ ...surroundings, folder, program: runnable.program, args: runnable.args });
    if (said.startsWith('answered')) return { detail: `${detail} (tried: ${said})` };
    return {
      detail,
      broken: {
        problem: said === '' ? 'the hook said nothing' : said,
        fix: 'See the finding on the coordinator above.',
      },
    };
  } catch (error) {
    return { detail, broken: { problem: messageOf(error), fix } };
  }
}

async function longPoll(
  { client, file, command, limitSeconds }: Registration,
  folder: string,
  surroundings: Surroundings,
): Promise<Way> {
  const detail = 'poll while it waits';
  if (limitSeconds !== undefined && limitSeconds <= WAIT_MAX_SECONDS) {
    const problem = `${client} gives up after ${limitSeconds} s, and poll may wait ${WAIT_MAX_SECONDS} s`;
    return {
      detail,
      broken: { problem, fix: `Raise the time limit of calls in ${file} above ${WAIT_MAX_SECONDS} s.` },
    };
  }
  const fix = `Run \`paw-coordinator init --client ${client}\`.`;
  const runnable = ownProgram(command, { folder, env: surroundings.env });
  if (runnable.is === 'missing') return { detail, broken: { problem: `${runnable.what} is not there`, fix } };
  if (runnable.is === 'other') return { detail: `${detail} (not tried: it runs ${command.join(' ')})` };
  try {
    const tools = await probeServer({ ...surroundings, folder, program: runnable.program, args: runnable.args });
    if (tools.includes('poll')) return { detail: `${detail} (tried: its server answers)` };
    return { detail, broken: { problem: 'its server offers no poll', fix } };
  } catch (error) {
    return { detail, broken: { problem: messageOf(error), fix } };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
