import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Bench } from './benchmark.ts';
import type { Row } from './row.ts';

const PROCESSES = 16;
const ROUNDS = 1000;

/** Processes that all claim at once, each with another pattern of the same files: one of them may win a round. */
export async function claimRace({ sandbox, agent, bundle }: Bench): Promise<Row[]> {
  const { main, commonDir, stateDir } = await sandbox.repository();
  // The coordinator is started by an agent of the sandbox, so that it runs in the sandbox too.
  await (await agent(main)).call('status', {});
  const claimers = Array.from({ length: PROCESSES }, (_, index) =>
    fork(bundle('drivers/claimer'), [JSON.stringify({ main, commonDir, stateDir, index })], { cwd: main }),
  );
  sandbox.defer(async () => {
    await Promise.all(claimers.map(end));
  });
  await Promise.all(claimers.map(reply));
  let several = 0;
  let none = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const answers = await Promise.all(
      claimers.map((claimer) => {
        claimer.send(round);
        return reply(claimer);
      }),
    );
    const winners = answers.filter((granted) => granted === true).length;
    if (winners > 1) several += 1;
    if (winners === 0) none += 1;
  }
  const race = `claim race of ${PROCESSES}, ${ROUNDS} rounds`;
  return [
    { figure: `${race}: two winners`, measured: several, unit: 'rounds', required: { atMost: 0 } },
    { figure: `${race}: no winner`, measured: none, unit: 'rounds', required: { atMost: 0 } },
  ];
}

async function end(child: ChildProcess): Promise<void> {
  if (!child.connected) return;
  const ended = once(child, 'exit');
  child.disconnect();
  await ended;
}

/** The next word of a claimer. Fails if it ends instead, having said on stderr why. */
async function reply(child: ChildProcess): Promise<unknown> {
  const ended = new AbortController();
  const onExit = (): void => ended.abort();
  child.once('exit', onExit);
  try {
    const [word] = await once(child, 'message', { signal: ended.signal });
    return word;
  } catch (cause) {
    throw new Error('A claimer ended before its time; what it wrote is above.', { cause });
  } finally {
    child.off('exit', onExit);
  }
}
