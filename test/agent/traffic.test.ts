import { CLIENT_INFO_META_KEY, PROTOCOL_VERSION_META_KEY } from '@modelcontextprotocol/server';
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

beforeEach(() => {
  session = new FakeSession();
  traffic = watchTraffic(session, new Delivery(session), () => {});
});

describe('a client', () => {
  test('of 2025 has begun with notifications/initialized, not with initialize', () => {
    traffic.request({ method: 'initialize', params: { clientInfo: { name: 'codex', version: '1.2' } } });
    expect(session.told).toEqual(['meet codex 1.2']);
    traffic.notification({ method: 'notifications/initialized' });
    expect(session.told).toEqual(['meet codex 1.2', 'begin']);
  });

  test('of 2026 has begun with its first request other than server/discover', () => {
    traffic.request({ method: 'server/discover', params: { _meta: ENVELOPE } });
    expect(session.told).toEqual(['meet claude-code 2.1.317']);
    traffic.request({ method: 'tools/list', params: { _meta: ENVELOPE } });
    expect(session.told).toContain('begin');
  });

  test('that only looks has not begun', () => {
    traffic.request({ method: 'ping' });
    traffic.request({ method: 'tools/list', params: {} });
    traffic.notification({ method: 'notifications/cancelled', params: { requestId: 1 } });
    traffic.request({ method: 'initialize', params: { clientInfo: 'nonsense' } });
    expect(session.told).toEqual([]);
  });
});
