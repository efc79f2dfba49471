import { afterEach, describe, expect, test, vi } from 'vitest';
import { PROGRESS_INTERVAL_MS } from '../../src/agent/progress.ts';
import { PawError } from '../../src/errors/paw-error.ts';
import { TOOLS } from '../../src/tools/all.ts';
import { until } from '../harness/until.ts';
import { type Connected, connect, ERAS } from './eras.ts';
import { type Answerer, FakeSession } from './fake-session.ts';

const CHARS_PER_TOKEN = 4;
const SURFACE_MAX_TOKENS = 2000;
const INSTRUCTIONS_MAX_BYTES = 1024;
const tokens = (text: string): number => text.length / CHARS_PER_TOKEN;

describe.each(ERAS)('a client of the %s era', (era) => {
  let client: Connected | undefined;
  let session: FakeSession;

  async function open(answer?: Answerer, unread = 0): Promise<Connected> {
    session = new FakeSession(answer, unread);
    client = await connect(era, session);
    return client;
  }
  const requests = (): string[] => session.told.filter((event) => event === 'poll' || event.startsWith('ack'));

  afterEach(async () => {
    vi.useRealTimers();
    await client?.close();
    client = undefined;
  });

  test('is listed exactly what is defined', async () => {
    const listed = await (await open()).listTools();
    expect(
      listed.map(({ name, title, description, inputSchema, annotations, _meta }) => ({
        name,
        title,
        description,
        inputSchema,
        annotations,
        _meta,
      })),
    ).toEqual(TOOLS.map(({ handler: _, ...tool }) => ({ ...tool, _meta: { 'anthropic/alwaysLoad': true } })));
    expect(listed.some((tool) => tool.outputSchema !== undefined)).toBe(false);
  });

  test.each(['agent', 'supervisor'] as const)('as %s pays a bounded number of tokens', async (role) => {
    session = new FakeSession();
    client = await connect(era, session, role);
    const instructions = client.instructions() ?? '';
    expect(Buffer.byteLength(instructions)).toBeLessThanOrEqual(INSTRUCTIONS_MAX_BYTES);
    expect(instructions).toContain(role === 'agent' ? 'claim' : 'verified');
    const listed = await client.listTools();
    const surface = listed.map((tool) => tool.name + tool.description + JSON.stringify(tool.inputSchema));
    expect(tokens(surface.join('') + instructions)).toBeLessThanOrEqual(SURFACE_MAX_TOKENS);
  });

  test('gets the answer as text and as structured content, within the budget', async () => {
    const answers: Record<string, object> = {
      publish: { seq: 44, to: ['feat-api'] },
      claim: { granted: true, claims: [{ path: 'src/auth/login.ts', fence: 17 }], expires_in_seconds: 900 },
    };
    const { callTool } = await open((method) => answers[method] ?? {});
    const published = await callTool('publish', { type: 'note', to: 'feat-api', text: 'x' });
    expect(published.structuredContent).toEqual(answers.publish);
    expect(JSON.parse(published.content[0]?.text ?? '')).toEqual(answers.publish);
    expect(tokens(published.content[0]?.text ?? '')).toBeLessThanOrEqual(25);
    const claimed = await callTool('claim', { paths: ['src/auth/login.ts'] });
    expect(tokens(claimed.content[0]?.text ?? '')).toBeLessThanOrEqual(40);
  });

  test('reads our own words in an error, and how much mail waits', async () => {
    const { callTool } = await open(() => ({}), 2);
    const { isError, content, structuredContent } = await callTool('publish', { type: 'question', txt: 'x' });
    expect(isError).toBe(true);
    expect(structuredContent).toBeUndefined();
    expect(content[0]?.text).toMatch(/^publish question: there is no field `txt`; did you mean `text`\?/);
    expect(content[0]?.text).toMatch(/\n2 unread messages: poll\.$/);
  });

  test('reads a refusal of the coordinator as it is worded', async () => {
    const { callTool } = await open(() => Promise.reject(new PawError('refused', 'Held by feat-api.')));
    expect(await callTool('claim', { paths: ['a'] })).toMatchObject({
      isError: true,
      content: [{ type: 'text', text: 'Held by feat-api.' }],
    });
  });

  test('may leave the arguments out', async () => {
    const { callTool } = await open(() => ({ you: 'a' }));
    expect((await callTool('status', {})).structuredContent).toEqual({ you: 'a' });
  });

  test('has really begun before its first call is handled, and is named', async () => {
    const { callTool } = await open();
    await callTool('status', {});
    const begun = session.told.indexOf('begin');
    expect(session.told[0]).toBe(era === 'legacy' ? 'meet old-client 1' : 'meet new-client 2');
    expect(begun).toBeGreaterThan(0);
    expect(begun).toBeLessThan(session.told.indexOf('status'));
  });

  test('acknowledges a batch with its next request, before that is handled', async () => {
    let batch = 0;
    const { callTool, ping } = await open(() => ({ messages: [], unread: 0, cursor: 0, batch: ++batch }));
    const { structuredContent } = await callTool('poll', {});
    expect(structuredContent).not.toHaveProperty('batch');
    expect(requests()).toEqual(['poll']);
    await callTool('poll', {});
    expect(requests()).toEqual(['poll', 'ack 1', 'poll']);
    await ping();
    expect(requests()).toEqual(['poll', 'ack 1', 'poll', 'ack 2']);
  });

  test.each(['answered', 'ended'])(
    'has a cancelled poll aborted, taken back and never acknowledged, %s',
    async (how) => {
      const calls: unknown[] = [];
      const { callTool, ping } = await open((_method, params, signal) => {
        calls.push(Reflect.get(params, 'call'));
        return new Promise((resolve, reject) => {
          const late = { messages: [], unread: 0, cursor: 0, batch: 1 };
          // The answer may be under way when the cancellation arrives.
          signal.addEventListener('abort', () => (how === 'answered' ? resolve(late) : reject(signal.reason)));
        });
      });
      const cancel = new AbortController();
      const polled = callTool('poll', { wait_seconds: 50 }, { signal: cancel.signal });
      await until(() => requests().includes('poll'), { what: 'the poll to reach the coordinator' });
      cancel.abort();
      await expect(polled).rejects.toThrow();
      await until(() => session.takenBack.length > 0, { what: 'the poll to be taken back' });
      expect(session.takenBack).toEqual(calls);
      await ping();
      await ping();
      expect(requests()).toEqual(['poll']);
    },
  );

  test('that asks for progress gets it while it waits', async () => {
    let finish: (answer: object) => void = () => {};
    const waiting = new Promise<object>((resolve) => {
      finish = resolve;
    });
    const { callTool } = await open(() => waiting);
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const seen: number[] = [];
    const polled = callTool('poll', { wait_seconds: 50 }, { onProgress: ({ progress }) => seen.push(progress) });
    await until(() => requests().includes('poll'), { what: 'the poll to reach the coordinator' });
    vi.advanceTimersByTime(PROGRESS_INTERVAL_MS - 1);
    expect(seen).toEqual([]);
    vi.advanceTimersByTime(PROGRESS_INTERVAL_MS + 1);
    await until(() => seen.length === 2, { what: 'two progress notifications' });
    finish({ messages: [], unread: 0, cursor: 0 });
    await polled;
    expect(vi.getTimerCount()).toBe(0);
  });

  test('that does not ask for progress starts no timer', async () => {
    const { callTool } = await open(() => ({ messages: [], unread: 0, cursor: 0 }));
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const timers = vi.spyOn(globalThis, 'setInterval');
    await callTool('poll', {});
    expect(timers).not.toHaveBeenCalled();
  });

  test('that goes away is noticed', async () => {
    await (await open()).close();
    client = undefined;
    expect(session.told).toContain('closed');
  });
});
