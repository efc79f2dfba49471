import { SERVER_FLAGS } from '../src/clients/program.ts';
import { benchmark } from './lib/benchmark.ts';
import { alternate, percentile } from './lib/statistics.ts';
import { openStdioSession } from './lib/stdio-session.ts';

const ROUNDS = { rounds: 2000, warmUp: 500 };
const TEXT = 'The session token is checked in src/auth/session.ts now.';

/** What the flags of node that `init` registers cost a call: as good as nothing. */
await benchmark(async ({ sandbox, agentArgs }) => {
  const repository = await sandbox.repository({ worktrees: ['with', 'without'] });
  const open = async (branch: string, flags: readonly string[]) => {
    const cwd = repository.worktree(branch);
    const session = await openStdioSession({ args: [...flags, ...agentArgs], cwd, env: sandbox.env });
    sandbox.defer(() => session.close());
    return session;
  };
  const small = await open('with', SERVER_FLAGS);
  const plain = await open('without', []);
  const note = { type: 'note', to: 'main', text: TEXT };
  const took = await alternate(
    { small: () => small.call('publish', note), plain: () => plain.call('publish', note) },
    ROUNDS,
  );
  return [0.5, 0.99].map((share) => ({
    figure: `publish, p${share * 100}, heap flags`,
    measured: percentile(took.small, share),
    unit: 'ms' as const,
    floor: { what: 'without flags', value: percentile(took.plain, share) },
    ...(share === 0.5 && { required: { atMost: 1.1 }, of: 'ratio' as const }),
  }));
});
