import * as z from 'zod';
import type { TestRepository } from '../../test/harness/repository.ts';
import type { Bench } from '../lib/benchmark.ts';
import type { Join } from './peer.ts';

const granted = z.object({ granted: z.literal(true) });
const mail = z.object({ messages: z.array(z.object({ payload: z.object({ text: z.string() }) })) });

export const KEEPS = 'a stdio server per agent and one coordinator; a journal, synced before each answer';

/** Agents of this project, each in the worktree of its name. */
export function ourAgents({ agent }: Bench, repository: TestRepository): Join {
  return async (name) => {
    const session = await agent(repository.worktree(name));
    // The first call makes an agent known.
    await session.call('status', {});
    return {
      async claim(path) {
        granted.parse(await session.call('claim', { paths: [path], reason: 'session tokens' }));
      },
      async send(to, text) {
        await session.call('publish', { type: 'note', to, text });
      },
      receive: async () => mail.parse(await session.call('poll', {})).messages.map(({ payload }) => payload.text),
      async release(path) {
        await session.call('release', { paths: [path] });
      },
      close: () => session.close(),
    };
  };
}
