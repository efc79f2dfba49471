import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { TOOLS } from '../../src/tools/all.ts';
import { claim } from '../../src/tools/claim.ts';
import { poll } from '../../src/tools/poll.ts';
import { render, renderError } from '../../src/tools/render.ts';
import type { Tool } from '../../src/tools/tool.ts';
import { callTool, fakeClient, fakeTree, refusal } from './fakes.ts';

function named(name: string): Tool {
  const tool = TOOLS.find((known) => known.name === name);
  if (tool === undefined) throw new Error(`no tool ${name}`);
  return tool;
}

const sentBy = async (tool: Tool, input: object) => (await callTool(tool, input)).sent[0]?.params;
const CLAIM_DEFAULTS = {
  targets: [],
  names: [],
  mode: 'exclusive',
  ttl_seconds: 900,
  wait_seconds: 0,
  queue: false,
  next: false,
};

describe('what the tools send', () => {
  test.each<[string, object, object]>([
    ['poll', {}, { wait_seconds: 0, limit: 20 }],
    ['poll', { wait_seconds: 100, limit: '500', since: 0 }, { wait_seconds: 50, limit: 100, since: 0 }],
    ['poll', { wait_seconds: 0.5, as: 'tests' }, { wait_seconds: 0.5, limit: 20, subagent: 'tests' }],
    ['status', {}, { detail: 'summary' }],
    ['status', { agent: 'feat/a', detail: 'full' }, { agent: 'feat/a', detail: 'full' }],
    ['claim', { paths: 'src/a.ts' }, { ...CLAIM_DEFAULTS, targets: [{ path: 'src/a.ts' }] }],
    ['claim', { paths: ['src/a.ts', './src/a.ts'] }, { ...CLAIM_DEFAULTS, targets: [{ path: 'src/a.ts' }] }],
    ['claim', { names: 'port:3000', mode: 'shared' }, { ...CLAIM_DEFAULTS, names: ['port:3000'], mode: 'shared' }],
    [
      'claim',
      { paths: ['a#L1-L2', 'b/*'], reason: 'r', ttl_seconds: 999999, wait_seconds: '10', queue: 'true', subagent: 's' },
      {
        ...CLAIM_DEFAULTS,
        targets: [
          { path: 'a', region: { kind: 'range', start_line: 1, end_line: 2 } },
          { path: 'b/*', glob: 'b/*' },
        ],
        reason: 'r',
        ttl_seconds: 86_400,
        wait_seconds: 10,
        queue: true,
        subagent: 's',
      },
    ],
    ['release', { all: true }, { paths: [], names: [], work: [], all: true }],
    ['release', { work: 'w7' }, { paths: [], names: [], work: ['w7'], all: false }],
    ['release', { work: 7 }, { paths: [], names: [], work: ['7'], all: false }],
    ['claim', { work: 7 }, { ...CLAIM_DEFAULTS, work: '7', targets: [] }],
    ['work', { action: 'show', id: 7 }, { action: 'show', id: '7' }],
    ['work', { action: 'update', id: 7, depends_on: '[1,2]' }, { action: 'update', id: '7', depends_on: ['1', '2'] }],
    ['work', { action: 'update', id: 7, depends_on: 1 }, { action: 'update', id: '7', depends_on: ['1'] }],
    [
      'release',
      {
        paths: ['/repo/src/', 'a.ts#L1', { path: 'b.ts', regions: [{ kind: 'class', name: 'User' }] }],
        names: ['build'],
      },
      { paths: ['src', 'a.ts#L1-L1', 'b.ts#class:User'], names: ['build'], work: [], all: false },
    ],
    ['claim', { next: 'true' }, { ...CLAIM_DEFAULTS, next: true }],
    ['claim', { work: 'w7', paths: ['docs'] }, { ...CLAIM_DEFAULTS, work: 'w7', targets: [{ path: 'docs' }] }],
    ['work', { action: 'list' }, { action: 'list' }],
    ['work', { action: 'show', work: 'w7', stage: '' }, { action: 'show', id: 'w7' }],
    [
      'work',
      {
        action: 'add',
        title: 'T',
        description: 'B',
        paths: 'src/',
        depends_on: 'w1',
        priority: '2000',
        stage: 'current',
      },
      {
        action: 'add',
        title: 'T',
        body: 'B',
        targets: [{ path: 'src' }],
        depends_on: ['w1'],
        priority: 1000,
        stage: 'current',
      },
    ],
    [
      'work',
      { action: 'update', id: 'w7', depends_on: 'none', paths: ['none'] },
      { action: 'update', id: 'w7', depends_on: [], targets: [] },
    ],
    ['work', { action: 'block', id: 'w7', reason: 'no key' }, { action: 'block', id: 'w7', reason: 'no key' }],
    ['learnings', {}, { limit: 10 }],
    [
      'learnings',
      { query: 'tests', paths: './src/', category: 'doc_gap', branch: 'feat/a', limit: 1000 },
      { query: 'tests', paths: ['src'], category: 'doc_gap', branch: 'feat/a', limit: 100 },
    ],
    [
      'learnings',
      { record: 'Use TZ=UTC', category: 'convention', details: 'or dates shift', paths: ['src/'], branch: 'b' },
      {
        branch: 'b',
        record: {
          category: 'convention',
          title: 'Use TZ=UTC',
          body: { details: 'or dates shift', paths: ['src'] },
          sentence: true,
        },
      },
    ],
    [
      'learnings',
      { record: { category: 'decision', title: 'T', body: { why: 'w' } }, limit: 5 },
      { record: { category: 'decision', title: 'T', body: { why: 'w' } } },
    ],
    [
      'learnings',
      { record: { category: 'decision', title: 'T' }, paths: 'src' },
      { record: { category: 'decision', title: 'T', body: { paths: ['src'] }, sentence: true } },
    ],
    ['learnings', { record: 'T', category: 'decision' }, { record: { category: 'decision', title: 'T', body: {} } }],
    [
      'learnings',
      { record: '{"title":"T"}', category: 'decision', details: '{"why":"w"}' },
      { record: { category: 'decision', title: 'T', body: { why: 'w' } } },
    ],
  ])('%s %j', async (name, input, params) => {
    const { call, ...sent } = (await sentBy(named(name), input)) ?? {};
    expect(sent).toEqual(params);
    // The link gives an id to calls that change something; a poll has one of its own, to be taken back by.
    expect(typeof call).toBe(name === 'poll' ? 'string' : 'undefined');
  });
});

describe('what the tools refuse', () => {
  test.each<[string, object, ...string[]]>([
    ['poll', { wait_seconds: -1 }, '`wait_seconds`', '0 to 50'],
    ['poll', { limit: 0 }, '`limit`', '1 to 100'],
    ['poll', { limit: 'few' }, '`limit`', '"few"'],
    ['poll', { wait: 5 }, '`wait`', 'wait_seconds, limit, since, subagent'],
    ['poll', { waitseconds: 5 }, 'did you mean `wait_seconds`'],
    ['status', { detail: 'everything' }, '`detail`', 'summary, full'],
    ['status', { agent: ['a'] }, '`agent`'],
    ['claim', {}, '`paths`', '`names`'],
    ['claim', { paths: ['  '] }, '`paths`', '`names`'],
    ['claim', { paths: ['../x'] }, '`paths[0]`', 'outside'],
    ['claim', { paths: ['a'], ttl_seconds: 10 }, '`ttl_seconds`', '30 to 86400'],
    ['claim', { paths: ['a'], mode: 'mine' }, '`mode`', 'exclusive, shared'],
    ['claim', { paths: ['a'], queue: 'later' }, '`queue`', 'true or false'],
    ['claim', { paths: ['a'], reason: '<reason>' }, 'placeholder'],
    ['claim', { names: ['x'.repeat(300)] }, '`names[0]`', '256'],
    ['claim', { work: ['w1'] }, '`work`', 'a text'],
    ['claim', { next: 'best' }, '`next`', 'true or false'],
    ['claim', { path: 'a' }, 'did you mean `paths`'],
    ['claim', { paths: Array.from({ length: 1001 }, (_, i) => `f${i}`) }, '`paths`', '1,000'],
    ['release', {}, '`paths`', '`names`', '`work`', '`all`'],
    ['work', {}, '`action`', 'list, show, add'],
    ['work', { action: 'remove' }, '`action`', 'list, show, add'],
    ['work', { action: 'show' }, '`id`'],
    ['work', { action: 'add' }, '`title`'],
    ['work', { action: 'add', title: 'x'.repeat(201) }, '`title`', '200'],
    ['work', { action: 'add', title: 'T', id: 'w7' }, '`id`', 'show, update, advance'],
    ['work', { action: 'advance', id: 'w7', stage: 'review' }, '`stage`', 'backlog, current, qa'],
    ['work', { action: 'block', id: 'w7' }, '`reason`'],
    ['work', { action: 'list', status: 'current' }, '`status`'],
    ['release', { all: false }, '`all`'],
    ['release', { force: true, all: true }, '`force`'],
    ['learnings', { limit: -1 }, '`limit`'],
    ['learnings', { details: 'x' }, '`record` is missing', '"record":'],
    ['learnings', { details: 'x', query: 'y' }, '`record` is missing'],
    ['learnings', { record: '', category: 'decision' }, '`record` is missing', '"record":'],
    ['learnings', { record: ' ', category: 'decision', details: { why: 'w' } }, '`record` is missing'],
    ['learnings', { record: 'x' }, '`category`'],
    ['learnings', { record: 'x', category: 'decision', query: 'y' }, '`record`', '`query`'],
    ['learnings', { record: { category: 'decision' } }, '`record.title`'],
    ['learnings', { record: { title: 'x', category: 5 } }, '`record.category`'],
    ['learnings', { record: { title: 'x', category: 'a', body: 'b' } }, '`record.body`'],
    ['learnings', { record: { title: 'x', category: 'a', by: 'me' } }, '`record`', 'title and body only'],
    ['learnings', { record: '<the lesson>', category: 'a' }, '`record`', 'placeholder'],
    ['learnings', { record: { title: '<title>', category: 'a' } }, '`record.title`', 'placeholder'],
    ['learnings', { record: { title: 'x', category: '<category>' } }, '`record.category`', 'placeholder'],
    [
      'learnings',
      { record: '{"title":"x","body":{"why":"<why>"}}', category: 'a' },
      '`record.body.why`',
      'placeholder',
    ],
    [
      'learnings',
      { record: { title: 'x', category: 'a', body: { steps: ['run it', { next: ' <step 2> ' }] } } },
      '`record.body.steps[1].next`',
      'placeholder',
    ],
    ['learnings', { record: 'x', category: 'a', details: { why: '<why>' } }, '`details.why`', 'placeholder'],
    ['learnings', { record: ['x'], category: 'a' }, '`record`'],
    ['learnings', { record: 'x'.repeat(4097), category: 'a' }, '`record`', 'at most 4,096 characters'],
  ])('%s %j', async (name, input, ...parts) => {
    const message = await refusal(named(name), input);
    expect(message).toMatch(new RegExp(`^${name}( \\w+)?: `));
    for (const part of ['Example: {', ...parts]) expect(message).toContain(part);
  });

  test('a link out of the worktree', async () => {
    expect(await refusal(claim, { paths: ['away/x'] }, fakeTree([], { away: '/mnt' }))).toContain('outside');
  });
});

describe('answers', () => {
  test('poll keeps the number of the batch to itself', async () => {
    const answer = { messages: [], unread: 0, cursor: 7, batch: 3 };
    const { value, batches } = await callTool(poll, {}, { answer });
    expect(value).toEqual({ messages: [], unread: 0, cursor: 7 });
    expect(batches).toEqual([3]);
    expect((await callTool(poll, {}, { answer: value })).batches).toEqual([]);
  });

  test('text and structured content say the same', () => {
    const value = { seq: 44, to: ['feat-api'] };
    const { content, structuredContent } = render(value);
    expect(JSON.parse(content[0]?.text ?? '')).toEqual(structuredContent);
    expect(structuredContent).toEqual(value);
  });

  test('an error is all in the text, and ends with the mail that waits', () => {
    expect(renderError(new Error('x'), 2)).toEqual({
      isError: true,
      content: [{ type: 'text', text: expect.stringMatching(/x[\s\S]*\n2 unread messages: poll\.$/) }],
    });
    expect(renderError(new Error('x'), 1).content[0]?.text).toMatch(/\n1 unread message: poll\.$/);
    expect(renderError(new Error('x')).content[0]?.text).not.toContain('unread');
  });
});

test('a poll that is cancelled takes its mail back before anything else, once, and leaves no listener', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const takenBack: string[] = [];
  const calls: unknown[] = [];
  const waiting = poll.handler(
    { wait_seconds: 50 },
    {
      client: {
        request: (_method, params) => {
          calls.push(Reflect.get(params, 'call'));
          return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
        },
      },
      tree: fakeTree(),
      signal,
      handOut: () => {},
      takeBack: (call) => void takenBack.push(call),
    },
  );
  controller.abort();
  const nextRequest = Promise.resolve().then(() => [...takenBack]);
  expect(takenBack).toEqual([]);
  expect(await nextRequest).toEqual(calls);
  await expect(waiting).rejects.toThrow();
  expect(takenBack).toHaveLength(1);

  const next = new AbortController().signal;
  const answered = { messages: [], unread: 0, cursor: 0, batch: 1 };
  const { client } = fakeClient(answered);
  const context = { client, tree: fakeTree(), signal: next, handOut: () => {}, takeBack: () => {} };
  await poll.handler({}, context);
  expect(getEventListeners(next, 'abort')).toHaveLength(0);
});
