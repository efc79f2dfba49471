import { CLIENT_INFO_META_KEY, PROTOCOL_VERSION_META_KEY, type RequestId } from '@modelcontextprotocol/server';
import { beforeEach, describe, expect, test } from 'vitest';
import { Delivery } from '../../src/agent/delivery.ts';
import { watchTraffic } from '../../src/agent/traffic.ts';
import type { TrafficObserver } from '../../src/agent/watched-transport.ts';
import { FakeSession } from './fake-session.ts';

const ENVELOPE = {
  [PROTOCOL_VERSION_META_KEY]: '2026-07-28',
  [CLIENT_INFO_META_KEY]: { name: 'claude-code', version: '2.1.317' },
};

let session: FakeSession;
let traffic: TrafficObserver;
/** What the subscriptions were told. */
let listening: string[];

beforeEach(() => {
  session = new FakeSession();
  listening = [];
  const subscriptions = {
    listen: (id: RequestId, uris: readonly string[]) => void listening.push(`listen ${id} ${uris.join(' ')}`),
    end: (id: RequestId) => void listening.push(`end ${id}`),
    close: () => void listening.push('close'),
  };
  traffic = watchTraffic(session, new Delivery(session), subscriptions, () => listening.push('closed'));
});

describe('a client', () => {
  test('of 2025 has begun with notifications/initialized, not with initialize', () => {
    traffic.request({ id: 1, method: 'initialize', params: { clientInfo: { name: 'codex', version: '1.2' } } });
    expect(session.told).toEqual(['meet codex 1.2']);
    traffic.notification({ method: 'notifications/initialized' });
    expect(session.told).toEqual(['meet codex 1.2', 'begin']);
  });

  test('of 2026 has begun with its first request other than server/discover', () => {
    traffic.request({ id: 1, method: 'server/discover', params: { _meta: ENVELOPE } });
    expect(session.told).toEqual(['meet claude-code 2.1.317']);
    traffic.request({ id: 1, method: 'tools/list', params: { _meta: ENVELOPE } });
    expect(session.told).toContain('begin');
  });

  test('that only looks has not begun', () => {
    traffic.request({ id: 1, method: 'ping' });
    traffic.request({ id: 1, method: 'tools/list', params: {} });
    traffic.notification({ method: 'notifications/cancelled', params: { requestId: 1 } });
    traffic.request({ id: 1, method: 'initialize', params: { clientInfo: 'nonsense' } });
    expect(session.told).toEqual([]);
  });

  test('of 2026 listens until it cancels, is answered, or goes away', () => {
    const listen = (id: number, notifications: unknown): void =>
      traffic.request({ id, method: 'subscriptions/listen', params: { _meta: ENVELOPE, notifications } });
    listen(1, { resourceSubscriptions: ['paw://status', 7, 'paw://log'] });
    listen(2, { toolsListChanged: true });
    listen(3, null);
    expect(listening).toEqual(['listen 1 paw://status paw://log', 'listen 2 ', 'listen 3 ']);
    traffic.cancelled(1);
    traffic.responded(2);
    traffic.closed();
    expect(listening.slice(3)).toEqual(['end 1', 'end 2', 'close', 'closed']);
  });

  test('of 2025 cannot listen', () => {
    traffic.request({ id: 1, method: 'subscriptions/listen', params: { notifications: {} } });
    expect(listening).toEqual([]);
  });
});
