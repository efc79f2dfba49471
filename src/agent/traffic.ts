import { CLIENT_INFO_META_KEY, PROTOCOL_VERSION_META_KEY } from '@modelcontextprotocol/server';
import type { Delivery } from './delivery.ts';
import type { AgentSession } from './session.ts';
import type { Subscriptions } from './subscriptions.ts';
import type { TrafficObserver } from './watched-transport.ts';

/**
 * Reads from the messages of a connection what the session has to know: the client's name, that it has really
 * begun, which mail it has read, and what a client of 2026 listens to. A client has begun with `notifications/initialized`, or from 2026 on with
 * its first request other than `server/discover`; before that it may be a probe that ends at once.
 */
export function watchTraffic(
  session: Pick<AgentSession, 'meet' | 'begin'>,
  delivery: Delivery,
  subscriptions: Pick<Subscriptions, 'listen' | 'end' | 'close'>,
  closed: () => void,
): TrafficObserver {
  return {
    request({ id, method, params }) {
      // Clients look at resources by themselves, perhaps while the answer with the mail is still on its way to a model.
      if (!method.startsWith('resources/')) delivery.requested();
      const meta = property(params, '_meta');
      const client = property(method === 'initialize' ? params : meta, clientKey(method));
      const name = clientName(client);
      if (name !== undefined) session.meet(name);
      const modern = property(meta, PROTOCOL_VERSION_META_KEY) !== undefined;
      if (modern && method !== 'server/discover') session.begin();
      // The SDK answers this one by itself, and tells no server of it.
      if (modern && method === 'subscriptions/listen') subscriptions.listen(id, listenedTo(params));
    },
    notification({ method }) {
      if (method === 'notifications/initialized') session.begin();
    },
    cancelled(id) {
      delivery.cancelled(id);
      subscriptions.end(id);
    },
    responded(id) {
      delivery.written(id);
      subscriptions.end(id);
    },
    closed() {
      subscriptions.close();
      closed();
    },
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

/** Addresses of the resources that a `subscriptions/listen` names. */
function listenedTo(params: unknown): string[] {
  const uris = property(property(params, 'notifications'), 'resourceSubscriptions');
  return Array.isArray(uris) ? uris.filter((uri) => typeof uri === 'string') : [];
}

function property(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}
