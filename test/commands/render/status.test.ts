import { describe, expect, test } from 'vitest';
import { lookFor } from '../../../src/commands/render/look.ts';
import { renderStatus } from '../../../src/commands/render/status.ts';
import { textWidth } from '../../../src/commands/render/width.ts';
import type { StatusAnswer } from '../../../src/protocol/answers.ts';
import { PIPE, terminal } from './support.ts';

const EMPTY: StatusAnswer = { you: 'human', agents: [], uptime_seconds: 3, version: '0.1.0' };

const BUSY: StatusAnswer = {
  you: 'human',
  agents: [
    {
      agent_id: 'feat-login',
      status: 'working',
      online: true,
      last_seen_seconds: 4,
      summary: 'limit login attempts',
      phase: 'tests',
      modified_files: 3,
      claims: 1,
    },
    { agent_id: 'feat-sessions', status: 'blocked', last_seen_seconds: 720, summary: 'expire sessions', unread: 2 },
    { agent_id: 'human', status: 'idle', last_seen_seconds: 0 },
    { agent_id: 'feat-x-2', status: 'idle', last_seen_seconds: 7200, branch: 'feat/x' },
  ],
  offline: ['human', 'main'],
  claims: [
    {
      path: 'src/auth/login.ts',
      holder: 'feat-login',
      reason: 'limit login attempts',
      expires_in_seconds: 840,
      waiting: ['feat-sessions'],
    },
    { name: 'build', holder: 'feat-x-2', expires_in_seconds: 30, mode: 'shared' },
  ],
  conflicts: [{ id: 'c1', shape: 'in-flight', paths: ['src/a.ts'], agents: ['feat-login', 'feat-sessions'] }],
  questions: [{ seq: 51, from: 'feat-login', to: ['human'], text: 'Which lifetime?' }],
  work: { current: 2, qa: 0, done: 5 },
  inbox: { unread: 1, urgent: 1 },
  uptime_seconds: 720,
  version: '0.1.0',
};

describe('renderStatus', () => {
  test('leaves empty what the answer had no room for, and says where the rest of the claims is', () => {
    const short: StatusAnswer = {
      ...EMPTY,
      agents: [{ agent_id: 'feat-login', status: 'working', online: true }],
      claims: [{ path: 'src', holder: 'feat-login' }],
      more_claims: 9,
      questions: [{ seq: 51, from: 'feat-login', to: ['human'] }],
    };
    expect(renderStatus(short, PIPE)).toEqual([
      '●  feat-login  working',
      '',
      'Claims',
      '  src  feat-login',
      '  and 9 more: paw-coordinator claims',
      '',
      'Open questions',
      '  51  feat-login → you',
      '  to answer: paw-coordinator answer 51 "…"',
      '',
      'coordinator 0.1.0, up 3s',
    ]);
  });

  test('shows who does, holds and waits for what', () => {
    expect(renderStatus(BUSY, PIPE)).toEqual([
      '●  feat-login         working (tests)  4s   limit login attempts  3 files  1 claim',
      '○  feat-sessions      blocked          12m  expire sessions                         2 unread',
      '○  feat-x-2 (feat/x)  idle             2h',
      '○ never connected: main',
      '',
      'Claims',
      '  src/auth/login.ts  feat-login          14m left  limit login attempts  waiting: feat-sessions',
      '  name build         feat-x-2    shared  30s left',
      '',
      'Conflicts',
      '  src/a.ts  in-flight  feat-login, feat-sessions',
      '',
      'Open questions',
      '  51  feat-login → you  Which lifetime?',
      '  to answer: paw-coordinator answer 51 "…"',
      '',
      'Work',
      '  2 current · 5 done',
      '',
      '1 message for you, 1 urgent: paw-coordinator inbox',
      'coordinator 0.1.0, up 12m',
    ]);
  });

  test('says what to do where nobody has connected', () => {
    expect(renderStatus(EMPTY, PIPE).join('\n')).toMatch(/^No agent has connected yet\. Register .*README\.md/);
  });

  test('adds worktrees, clients, file lists and read marks in the full form', () => {
    const full = renderStatus(
      {
        ...EMPTY,
        agents: [
          {
            agent_id: 'feat-a',
            status: 'working',
            last_seen_seconds: 1,
            branch: 'feat/a',
            worktree: '/repo/a',
            client: 'codex 1.0',
            modified_files: ['a.ts', 'b.ts'],
          },
        ],
        outbox: [{ seq: 7, type: 'agent.note', to: ['feat-a', 'feat-b'], read_by: ['feat-b'] }],
      },
      PIPE,
    );
    expect(full).toContain('○  feat-a  working  1s  2 files');
    expect(full).toContain('    branch feat/a');
    expect(full).toContain('    worktree /repo/a');
    expect(full).toContain('    client codex 1.0');
    expect(full).toContain('    files a.ts, b.ts');
    expect(full).toContain('  7  note  feat-a, feat-b (read)');
  });

  test('shows who is paused, and why', () => {
    const row = { agent_id: 'feat-a', status: 'working', phase: 'tests', last_seen_seconds: 1, branch: 'x/feat-a' };
    const lines = renderStatus({ ...EMPTY, agents: [{ ...row, paused: 'lunch' }] }, PIPE);
    expect(lines.slice(0, 2)).toEqual(['○  feat-a (x/feat-a)  working (tests), paused  1s', '    paused: lunch']);
    expect(lines[2]).toBe('');
  });

  test.each([40, 60, 80, 200])('fits into %i columns', (columns) => {
    const agents = BUSY.agents.map((row) => ({ ...row, summary: `${row.summary ?? ''} 日本語 and more of it` }));
    const claims = BUSY.claims?.map((row) => ({ ...row, path: `${'very/'.repeat(20)}deep.ts` })) ?? [];
    const lines = renderStatus({ ...BUSY, agents, claims }, terminal(columns)).slice(0, -2);
    expect(lines.filter((line) => textWidth(line) > columns && !line.includes('to answer:'))).toEqual([]);
  });

  test('cuts nothing in a pipe', () => {
    const path = `${'very/'.repeat(60)}deep.ts`;
    const claims = [{ path, holder: 'feat-login', expires_in_seconds: 9 }];
    expect(renderStatus({ ...BUSY, claims }, PIPE).join('\n')).toContain(path);
  });

  test('gives no text of others to the terminal as it is', () => {
    const evil = '\u001b[2Jx\u202e';
    const lines = renderStatus(
      {
        ...BUSY,
        agents: [{ agent_id: evil, status: evil, phase: evil, summary: evil, paused: evil, last_seen_seconds: 0 }],
        offline: [evil],
        claims: [{ path: evil, holder: evil, reason: evil, expires_in_seconds: 0, waiting: [evil] }],
        conflicts: [{ id: evil, shape: 'forward', paths: [evil], agents: [evil] }],
        questions: [{ seq: 1, from: evil, to: [evil], text: evil }],
      },
      PIPE,
    );
    expect(lines.filter((line) => line.includes('\u001b') || line.includes('\u202e'))).toEqual([]);
  });

  test('is coloured on a terminal', () => {
    const lines = renderStatus(BUSY, lookFor({ isTTY: true, columns: 120 }, {}));
    expect(lines[0]).toContain('\u001b[32m●\u001b[39m');
  });
});
