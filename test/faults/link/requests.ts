import type { Calls, Method } from '../../../src/protocol/calls.ts';
import { PROTOCOL_VERSION } from '../../../src/protocol/version.ts';

/** What a connection may ask; `stop` would end the coordinator. */
export type AskedMethod = Exclude<Method, 'stop'>;

const WORKTREE = '/nowhere/main';
const PROTOCOL = { protocol: PROTOCOL_VERSION };
const AGENT = { ...PROTOCOL, kind: 'agent', pid: process.pid } as const;

/** Valid requests of every method: where faults begin. */
export const REQUESTS: { [M in AskedMethod]: Calls[M]['params'][] } = {
  hello: [
    { ...AGENT, session: 'session-of-x', agent: 'x', client: 'a client', client_session: 'c1' },
    { ...AGENT, session: 'session-of-y', branch: 'feat/y', worktree: '/nowhere/y', role: 'agent' },
    { ...AGENT, session: 'session-of-s', role: 'supervisor' },
    { ...AGENT, session: 'a-person-here', kind: 'person' },
    { ...AGENT, session: 'a-worker-here', kind: 'worker' },
  ],
  publish: [
    { input: { type: 'status', status: 'working', text: 'on it', phase: 'red', files: ['src/a.ts'] } },
    { input: { type: 'artifact', status: 'done', exports: ['f'], text: 'ready' }, call: 'artifact-1' },
    {
      input: { type: 'intent', files: ['src/a.ts', { path: 'b.ts' }], text: 'soon', valid_for_seconds: 60 },
      targets: [
        { path: 'src/a.ts', region: { kind: 'function', name: 'login' } },
        { path: 'docs/*.md', glob: 'docs/*.md' },
      ],
    },
    { input: { type: 'blocked', to: ['x'], text: 'waits' } },
    { input: { type: 'question', to: ['x'], text: 'why?', urgent: true } },
    { input: { type: 'answer', re: 1, text: 'so' } },
    { input: { type: 'feedback', to: ['y'], text: ['one', 'two'] } },
    { input: { type: 'note', to: ['all'], text: 'hello 日本語' }, call: 'note-1', subagent: 'tests' },
    { input: { type: 'verified', to: ['x'], commit: 'abcdef1' } },
    { input: { type: 'advanced-main', merged_branch: 'feat/y', commit: 'abcdef1', base: 'main' } },
  ],
  poll: [{}, { limit: 5, call: 'poll-1' }, { since: 0, limit: 1 }, { wait_seconds: 1 }],
  claim: [
    { targets: [{ path: 'src' }], mode: 'exclusive', ttl_seconds: 60, reason: 'work' },
    { targets: [{ path: 'src/**/*.ts', glob: 'src/**/*.ts' }], mode: 'shared', queue: true },
    { names: ['build'], wait_seconds: 1, call: 'claim-1' },
  ],
  release: [{ all: true }, { paths: ['src'], names: ['build'], call: 'release-1' }, { paths: ['src'], force: true }],
  status: [{}, { agent: 'x', detail: 'full' }],
  learnings: [
    { query: 'restart', category: 'decision', branch: 'x', paths: ['src/a.ts'], limit: 3 },
    { record: { category: 'decision', title: 'So it is.', body: { why: 'because' } }, call: 'learning-1' },
  ],
  forget: [{ id: '0123' }],
  work: [
    { action: 'list' },
    { action: 'add', title: 'Do it', body: 'well', priority: 3, depends_on: [], targets: [{ path: 'src' }] },
    { action: 'show', id: '1' },
    { action: 'advance', id: '1', stage: 'qa', reason: 'ready' },
  ],
  take: [{}, { ttl_seconds: 60, wait_seconds: 1, call: 'take-1' }],
  hold: [{ id: '1', fence: 1, wait_seconds: 1 }],
  finish: [{ id: '1', fence: 1, outcome: 'failed', commit: 'abcdef1', reason: 'it broke', output: 'red' }],
  log: [{}, { since: 0, limit: 20, type: 'note', agent: 'x' }],
  inbox: [{ agent: 'x', limit: 3 }],
  pause: [{ agent: 'y', reason: 'a look' }],
  resume: [{ agent: 'y' }],
  view: [{ view: 'claims' }, { view: 'log' }],
  subscribe: [{ view: 'status' }],
  hook: [
    { ...PROTOCOL, event: 'PreToolUse', worktree: WORKTREE, client_session: 'c1', tool: 'Edit', path: 'src/a.ts' },
  ],
  guard: [{ ...PROTOCOL, worktree: WORKTREE, branch: 'main', paths: ['src/a.ts'] }],
  ack: [{ batches: [1, 2] }],
  drop: [{ call: 'poll-1' }],
  keep: [{}],
};

export const METHODS = Object.keys(REQUESTS) as AskedMethod[];

/** What a connection may say without being answered. */
export const NOTIFICATIONS: [string, object][] = [
  ['bye', {}],
  ['shown', { batch: 1 }],
  ['unsubscribe', { view: 'status' }],
  ['$/cancelRequest', { id: 1 }],
  ['$/progress', { token: 1, value: {} }],
];

/** One line, as it is sent. */
export function requestLine(id: number | string, method: string, params: unknown): string {
  return `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`;
}
