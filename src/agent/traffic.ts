import { CLIENT_INFO_META_KEY, PROTOCOL_VERSION_META_KEY } from '@modelcontextprotocol/server';
import type { Delivery } from './delivery.ts';
import type { AgentSession } from './session.ts';
import type { TrafficObserver } from './watched-transport.ts';

/**
 * Reads from the messages of a connection what the session has to know: the client's name, that it has really
 * begun, and which mail it has read. A client has begun with `notifications/initialized`, or from 2026 on with
 * its first request other than `server/discover`; before that it may be a probe that ends at once.
 */
export function watchTraffic(
  session: Pick<AgentSession, 'meet' | 'begin'>,
  delivery: Delivery,
  closed: () => void,
): TrafficObserver {
  return {
    request({ method, params }) {
      delivery.requested();
      const meta = property(params, '_meta');
      const client = property(method === 'initialize' ? params : meta, clientKey(method));
      const name = clientName(client);
      if (name !== undefined) session.meet(name);
      const modern = property(meta, PROTOCOL_VERSION_META_KEY) !== undefined;
      if (modern && method !== 'server/discover') session.begin();
    },
    notification({ method }) {
      if (method === 'notifications/initialized') session.begin();
    },
    cancelled: (id) => delivery.cancelled(id),
    responded: (id) => delivery.written(id),
    closed,
  };
}

function clientKey(method: string): string {
  return method === 'initialize' ? 'clientInfo' : CLIENT_INFO_META_KEY;
}

/** Name and version as one text, such as `claude-code 2.1.317`. */
function clientName(client: unknown): string | undefined {
  const parts = [property(client, 'name'), property(client, 'version')].filter((part) => typeof part === 'string');
  return parts.length === 0 ? undefined : parts.join(' ');
}

function property(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
