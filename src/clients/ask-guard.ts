import { guardUnreachable } from '../errors/git-hooks.ts';
import { findCoordinator } from '../link/find.ts';
import type { GuardAnswer, GuardRequestInput } from '../protocol/guard.ts';
import { PATH_MAX_CHARS, PATHS_MAX } from '../protocol/limits.ts';
import { PROTOCOL_VERSION } from '../protocol/version.ts';

/** Most characters of paths in one question, which keeps it within what the link carries in one piece. */
const QUESTION_MAX_CHARS = 100_000;

/**
 * Asks the coordinator that runs what stands against a commit; starts none.
 *
 * Rejects with a `PawError` if none runs, with that of its refusal, or with the reason of `signal`.
 */
export async function askGuard(
  stateDir: string,
  question: Omit<GuardRequestInput, 'protocol' | 'paths'> & { paths: readonly string[] },
  signal: AbortSignal,
): Promise<GuardAnswer> {
  const found = await findCoordinator(stateDir, { signal });
  if (found.state !== 'living') throw guardUnreachable();
  const { channel } = found;
  const ask = async (paths: string[]): Promise<GuardAnswer> => {
    const params: GuardRequestInput = { ...question, protocol: PROTOCOL_VERSION, paths };
    return (await channel.request('guard', params, signal)) as GuardAnswer;
  };
  try {
    const [first = [], ...further] = portions(question.paths);
    const answer = await ask(first);
    for (const paths of further) answer.blocked.push(...(await ask(paths)).blocked);
    return answer;
  } finally {
    channel.close();
  }
}

/** The paths in portions of bounded size; one portion without any if there are none. */
function portions(paths: readonly string[]): string[][] {
  const all: string[][] = [[]];
  let chars = 0;
  for (const path of paths.filter(({ length }) => length <= PATH_MAX_CHARS)) {
    chars += path.length;
    if (chars > QUESTION_MAX_CHARS || all.at(-1)?.length === PATHS_MAX) {
      all.push([]);
      chars = path.length;
    }
    all.at(-1)?.push(path);
  }
  return all;
}
