import * as z from 'zod';
import { benchmark, repositoryOf } from './lib/benchmark.ts';

/** What the budgets count with: as many characters are about one token of a language model. */
const CHARS_PER_TOKEN = 4;

const listSchema = z.object({
  tools: z.array(z.object({ name: z.string(), description: z.string(), inputSchema: z.looseObject({}) })),
});

/** What a model is given to read: the tools and the instructions once, and the answers to its commonest calls. */
await benchmark(async ({ sandbox, agent }) => {
  const { repository, worktrees } = await repositoryOf(sandbox, 1);
  const session = await agent(worktrees[0] ?? repository.main);
  const { tools } = listSchema.parse((await session.request('tools/list', {})).result);
  const surface = tools.map((tool) => tool.name + tool.description + JSON.stringify(tool.inputSchema)).join('');
  // The first call of a session carries news that later ones do not.
  await session.call('status', {});
  const published = await session.callText('publish', { type: 'note', to: 'main', text: 'The token is checked.' });
  const claimed = await session.callText('claim', { paths: ['src/auth/session.ts'], reason: 'session tokens' });
  return [
    {
      figure: `${tools.length} tools and the instructions`,
      measured: tokens(surface + session.instructions),
      unit: 'tokens',
      required: { atMost: 2000 },
    },
    { figure: 'answer to a publish', measured: tokens(published), unit: 'tokens', required: { atMost: 25 } },
    { figure: 'answer to a claim of one path', measured: tokens(claimed), unit: 'tokens', required: { atMost: 40 } },
  ];
});

function tokens(text: string): number {
  return Math.ceil(text.length / CHARS_PER_TOKEN);
}
