import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configure, holderOf, killCoordinator, readLog } from '../e2e/coordinators.ts';
import { runCli } from '../harness/cli.ts';
import { openSession } from '../harness/mcp.ts';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';

/* What the coordinator takes over from whoever starts it, and what it writes down about its work. */

const IN_MESSAGES = 'hunter2-in-a-message';
const IN_ENVIRONMENT = 'hunter2-in-the-environment';
const IN_OUTPUT = 'hunter2-in-the-output';

let sandbox: Sandbox;
let repository: TestRepository;
beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository({ worktrees: ['feat/a'] });
});
afterEach(() => sandbox.dispose());

/** The text of every file of the coordinator's logs. */
function logs(): string {
  const names = readdirSync(repository.stateDir).filter((name) => name.startsWith('coordinator.log'));
  return names.map((name) => readFileSync(join(repository.stateDir, name), 'utf8')).join('');
}

describe('the log of the coordinator', () => {
  it('holds neither messages nor the environment nor the output of the gate, whatever goes wrong', async () => {
    const env = { API_TOKEN: IN_ENVIRONMENT };
    configure(repository, { verify: { command: `echo ${IN_OUTPUT.split('').join('""')}; echo $API_TOKEN; exit 1` } });
    const a = await openSession(sandbox, repository.worktree('feat/a'), { env });
    const texts = [
      { type: 'note', to: 'supervisor', text: IN_MESSAGES },
      { type: 'question', text: IN_MESSAGES },
      { type: 'status', status: 'working', text: IN_MESSAGES, phase: IN_MESSAGES },
    ];
    for (const message of texts) await a.call('publish', message);
    await a.call('claim', { names: ['x'], reason: IN_MESSAGES });
    await a.call('learnings', { record: IN_MESSAGES, category: IN_MESSAGES });
    for (const refused of [
      { type: 'note', to: IN_MESSAGES, text: 'x' },
      { type: IN_MESSAGES },
      { type: 'artifact', commit: 'no commit', text: IN_MESSAGES },
    ])
      await expect(a.call('publish', refused)).rejects.toThrow();
    await repository.commit(repository.worktree('feat/a'), { 'x.txt': IN_MESSAGES }, IN_MESSAGES);
    await until(async () => (await readLog(sandbox, repository)).some((message) => message.type === 'agent.feedback'), {
      what: 'the verdict of the gate',
    });
    const feedback = (await readLog(sandbox, repository)).find((message) => message.type === 'agent.feedback');
    expect(JSON.stringify(feedback)).toContain(IN_OUTPUT);
    await killCoordinator(repository);
    await a.call('status');
    expect(await runCli(sandbox, repository.main, ['stop'])).toMatchObject({ code: 0 });
    const text = logs();
    expect(text).toContain('"gate"');
    for (const secret of [IN_MESSAGES, IN_ENVIRONMENT, IN_OUTPUT]) expect(text).not.toContain(secret);
  });
});

describe.skipIf(process.platform !== 'linux')('the environment of the coordinator', () => {
  it('has nothing of the agent, the client or the git command that started it', async () => {
    const env = {
      PAW_AGENT_ID: 'mine',
      PAW_ANYTHING: 'x',
      CLAUDE_CODE_SESSION_ID: 'session',
      CLAUDECODE: '1',
      GIT_AUTHOR_NAME: 'Somebody',
      GIT_CONFIG_COUNT: '0',
      KEPT: 'yes',
    };
    const a = await openSession(sandbox, repository.worktree('feat/a'), { env });
    await a.call('status');
    const { pid } = holderOf(repository);
    const names = readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .map((entry) => entry.split('=')[0] ?? '');
    expect(names).toContain('KEPT');
    expect(names.filter((name) => /^(GIT_|CLAUDE|PAW_)/.test(name))).toEqual([]);
  });
});
