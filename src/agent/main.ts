import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { LinkClient } from '../link/client.ts';
import { CHANGED } from '../protocol/views.ts';
import { stateFolder } from '../repository/layout.ts';
import { Delivery } from './delivery.ts';
import { DirectCalls } from './direct-calls.ts';
import { agentOptions, type GivenOptions } from './options.ts';
import { createServer } from './server.ts';
import { AgentSession } from './session.ts';
import { StdioLines } from './stdio-lines.ts';
import { Subscriptions } from './subscriptions.ts';
import { watchTraffic } from './traffic.ts';
import { WatchedTransport } from './watched-transport.ts';

/** Longest time an orderly end may take, in milliseconds; then the process ends as it is. */
const CLOSE_MAX_MS = 80;

/**
 * Serves MCP over stdin and stdout until stdin ends or a signal arrives, then ends the process. Clients of both
 * protocol generations are served. Only MCP is written to stdout; with `PAW_DEBUG` set, what the protocol
 * library reports is written to stderr.
 *
 * @throws PawError `invalid` if an option or its variable holds no role or no id
 */
export function runAgent(given: GivenOptions): void {
  const { env } = process;
  const options = agentOptions(given, env);
  const session = new AgentSession({
    folder: process.cwd(),
    env,
    options,
    connect({ commonDir }, hello) {
      const onHello = (): void => subscriptions.greeted();
      const link = new LinkClient({ stateDir: stateFolder(commonDir), commonDir, hello, mayStart: 'always', onHello });
      link.onNotification(CHANGED, (params) => subscriptions.changed(params));
      return link;
    },
  });
  const subscriptions = new Subscriptions(session);
  const delivery = new Delivery(session);

  let ending = false;
  const end = (): void => {
    if (ending) return;
    ending = true;
    setTimeout(() => process.exit(), CLOSE_MAX_MS);
    Promise.allSettled([handle.close(), session.close()]).then(() => process.exit());
  };
  const handle = serveStdio(() => createServer({ role: options.role, session, delivery, subscriptions }), {
    transport: new WatchedTransport(
      new StdioLines(process.stdin, process.stdout),
      watchTraffic(session, delivery, subscriptions, end),
      (send) => new DirectCalls({ session, delivery }, send),
    ),
    ...(env.PAW_DEBUG && { onerror: (error: Error) => console.error(`paw-coordinator: ${error.message}`) }),
  });
  process.stdin.once('end', end);
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  session.open();
}
