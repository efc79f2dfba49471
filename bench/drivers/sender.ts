import { openStdioSession, type ServerCommand } from '../lib/stdio-session.ts';

/**
 * One sender process of the benchmark of several: it opens a session, says that it is ready, and at each
 * order makes the calls it is told to, one after the other.
 */
export interface SenderOrder {
  calls: number;
  tool: string;
  args: object;
}

const session = await openStdioSession(JSON.parse(process.argv[2] ?? '') as ServerCommand);

process.on('message', async ({ calls, tool, args }: SenderOrder) => {
  for (let call = 0; call < calls; call += 1) await session.call(tool, args);
  process.send?.('done');
});
process.once('disconnect', () => void session.close());
process.send?.('ready');
