import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Subscriptions, UPDATED_EVERY_MS } from '../../src/agent/subscriptions.ts';
import { PawError } from '../../src/errors/paw-error.ts';
import { until } from '../harness/until.ts';
import { type Connected, connect, ERAS } from './eras.ts';
import { type Answerer, FakeSession } from './fake-session.ts';

const UNSUBSCRIBED = 'unsubscribe {"view":"claims"}';

describe('subscriptions', () => {
  let session: FakeSession;
  let subscriptions: Subscriptions;
  let updates: string[];

  function setUp(answer: Answerer = () => ({})): void {
    session = new FakeSession(answer);
    subscriptions = new Subscriptions(session);
    updates = [];
    subscriptions.tellBy(async (uri) => void updates.push(uri));
  }

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    setUp();
  });

  afterEach(() => {
    subscriptions.close();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  /** Lets what was asked of the link be answered. */
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };
  const changed = (...views: string[]): void => subscriptions.changed({ seq: 1, views });

  test('cost nothing while there are none', async () => {
    subscriptions.greeted();
    changed('claims');
    subscriptions.unsubscribe('claims');
    subscriptions.end(1);
    await settled();
    expect(session.told).toEqual([]);
    expect(updates).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('tell at once, then at most once in a while, and of the last change in any case', async () => {
    await subscriptions.subscribe('claims');
    subscriptions.listen('l', ['paw://log']);
    changed('claims', 'status');
    expect(updates).toEqual(['paw://claims']);
    changed('claims');
    changed('claims', 'log');
    vi.advanceTimersByTime(UPDATED_EVERY_MS - 1);
    expect(updates).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(updates.slice(1)).toEqual(['paw://claims', 'paw://log']);
    vi.advanceTimersByTime(UPDATED_EVERY_MS);
    expect(vi.getTimerCount()).toBe(0);
    changed('log');
    expect(updates.slice(3)).toEqual(['paw://log']);
  });

  test('tell once of a resource that several listen to; the SDK tells each of them', () => {
    subscriptions.listen(1, ['paw://claims']);
    subscriptions.listen('1', ['paw://claims', 'paw://messages/3', 'paw://nonsense']);
    changed('claims');
    expect(updates).toEqual(['paw://claims']);
  });

  test('end with the last subscriber, also for a change that waits to be told', async () => {
    subscriptions.listen(1, ['paw://claims', 'paw://log']);
    subscriptions.listen(2, ['paw://claims']);
    await subscriptions.subscribe('claims');
    changed('claims');
    changed('claims');
    subscriptions.end(1);
    subscriptions.unsubscribe('claims');
    await settled();
    expect(session.told).not.toContain(UNSUBSCRIBED);
    expect(session.told).toContain('unsubscribe {"view":"log"}');
    subscriptions.end(2);
    subscriptions.end(2);
    await settled();
    expect(session.told.filter((event) => event === UNSUBSCRIBED)).toHaveLength(1);
    vi.advanceTimersByTime(UPDATED_EVERY_MS);
    changed('claims');
    expect(updates).toEqual(['paw://claims']);
  });

  test('that end while the coordinator is asked are ended there too', async () => {
    let answer: (answer: object) => void = () => {};
    setUp(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    subscriptions.listen(1, ['paw://claims']);
    await settled();
    subscriptions.end(1);
    await settled();
    session.told.length = 0;
    answer({});
    await settled();
    expect(session.told).toEqual([UNSUBSCRIBED]);
  });

  test('are made again with the next coordinator, and tell of what may have been missed', async () => {
    await subscriptions.subscribe('claims');
    subscriptions.listen(1, ['paw://log']);
    await settled();
    session.told.length = 0;
    subscriptions.greeted();
    await settled();
    expect(session.told).toEqual(['subscribe', 'subscribe']);
    vi.advanceTimersByTime(UPDATED_EVERY_MS);
    expect(updates.sort()).toEqual(['paw://claims', 'paw://log']);
  });

  test('say nothing of the first greeting, which the subscription itself has brought about', async () => {
    setUp(async () => {
      subscriptions.greeted();
      return {};
    });
    await subscriptions.subscribe('claims');
    await settled();
    expect(session.told).toEqual(['subscribe']);
    expect(updates).toEqual([]);
  });

  test('whose request outlives its connection tell of what may have been missed', async () => {
    setUp(async () => {
      subscriptions.greeted();
      return {};
    });
    subscriptions.greeted();
    subscriptions.listen(1, ['paw://claims']);
    await settled();
    expect(session.told).toEqual(['subscribe']);
    expect(updates).toEqual(['paw://claims']);
  });

  test('that cannot be made are refused, and not kept', async () => {
    let reachable = false;
    setUp(() => (reachable ? {} : Promise.reject(new PawError('unavailable', 'Nobody answers.'))));
    await expect(subscriptions.subscribe('claims')).rejects.toThrow('Nobody answers.');
    subscriptions.listen(1, ['paw://log']);
    await settled();
    reachable = true;
    changed('claims');
    expect(updates).toEqual([]);
    // Whoever listens was confirmed by then, and is served as soon as that is possible.
    session.told.length = 0;
    subscriptions.greeted();
    await settled();
    expect(session.told).toEqual(['subscribe']);
    expect(updates).toEqual(['paw://log']);
  });

  test('ignore what is no change', async () => {
    await subscriptions.subscribe('claims');
    for (const nonsense of [undefined, null, {}, { seq: 1, views: 'claims' }, { seq: 1, views: ['all'] }])
      subscriptions.changed(nonsense);
    expect(updates).toEqual([]);
  });
});

describe.each(ERAS)('a client of the %s era', (era) => {
  let client: Connected | undefined;
  let session: FakeSession;

  beforeEach(async () => {
    session = new FakeSession();
    client = await connect(era, session);
  });

  afterEach(async () => {
    await client?.close();
    client = undefined;
  });

  function connected(): Connected {
    if (client === undefined) throw new Error('The client is gone.');
    return client;
  }

  test('is told of what it subscribed to, of nothing else, and of nothing after that', async () => {
    const { context, subscriptions } = connected();
    subscriptions.changed({ seq: 1, views: ['claims'] });
    const unsubscribe = await context.subscribe(['paw://claims', 'paw://messages/3']);
    subscriptions.changed({ seq: 1, views: ['status'] });
    subscriptions.changed({ seq: 1, views: ['claims', 'log'] });
    await until(() => context.updates.length > 0, { what: 'an update' });
    await unsubscribe();
    subscriptions.changed({ seq: 1, views: ['claims'] });
    await context.listResources();
    expect(context.updates).toEqual(['paw://claims']);
    expect(session.told.filter((event) => event.startsWith('subscribe'))).toHaveLength(1);
    await until(() => session.told.includes(UNSUBSCRIBED), { what: 'the coordinator to be asked no more' });
  });

  test('that goes away is forgotten', async () => {
    const { context, subscriptions } = connected();
    await context.subscribe(['paw://claims']);
    await connected().close();
    client = undefined;
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    try {
      subscriptions.changed({ seq: 1, views: ['claims'] });
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});

test('a client of the legacy era is refused what there is not', async () => {
  const client = await connect('legacy', new FakeSession());
  try {
    await expect(client.context.subscribe(['paw://secrets'])).rejects.toMatchObject({
      code: -32602,
      message: expect.stringContaining('paw://status'),
    });
  } finally {
    await client.close();
  }
});
