import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LearningNote } from '../../src/protocol/answers.ts';
import { runCli } from '../harness/cli.ts';
import { openSession, type Session } from '../harness/mcp.ts';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';
import { configure, killCoordinator, linkTo, readLog } from './coordinators.ts';

let sandbox: Sandbox;
let repository: TestRepository;
beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository({ worktrees: ['x', 'y'] });
});
afterEach(() => sandbox.dispose());

function agent(branch: string, ...args: string[]): Promise<Session> {
  return openSession(sandbox, branch === 'main' ? repository.main : repository.worktree(branch), { args });
}

/** What is in `.paw/learnings.md`; empty if there is none. */
function file(): string {
  const path = join(repository.main, '.paw', 'learnings.md');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

function headings(): string[] {
  return file().match(/^## .*$/gm) ?? [];
}

async function paw(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(sandbox, repository.main, args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

async function search(session: Session, request: object): Promise<LearningNote[]> {
  return (await session.call('learnings', request)).learnings ?? [];
}

/** Has x send its work to the supervisor, who sends it back three times; in between y plans what x plans. */
async function threeCycles(x: Session, y: Session, supervisor: Session): Promise<void> {
  const commit = await repository.commit(repository.worktree('x'), { 'a.ts': '1' });
  await x.call('publish', { type: 'artifact', status: 'committed', commit });
  for (const session of [x, y]) await session.call('publish', { type: 'intent', files: ['src/b.ts'], text: 'rewrite' });
  for (const text of ['no', 'not yet', 'nearly']) await supervisor.call('publish', { type: 'feedback', to: 'x', text });
  await supervisor.call('publish', { type: 'verified', to: 'x', commit });
}

describe('what the coordinator finds', () => {
  it('recovery cycles without its own warnings, and a conflict that names both agents and nobody else', async () => {
    const [x, y, supervisor] = [await agent('x'), await agent('y'), await agent('main', '--role', 'supervisor')];
    await threeCycles(x, y, supervisor);
    expect(await search(x, { category: 'recovery_cycles' })).toMatchObject([
      { title: 'x: 3 recovery cycles before verified', body: { cycles: 3 } },
    ]);
    const conflicts = await search(x, { category: 'conflict_event' });
    expect(conflicts).toMatchObject([{ body: { agents: ['x', 'y'], paths: ['src/b.ts'] } }]);
    expect(JSON.stringify(conflicts[0]?.body)).not.toMatch(/supervisor|coordinator/);
    const told = (await readLog(sandbox, repository)).filter(({ type }) => type === 'agent.learning');
    expect(told.map(({ payload, to }) => [Object(payload).category, to])).toEqual([
      ['conflict_event', ['supervisor']],
      ['recovery_cycles', ['x']],
    ]);
  });

  it('a path that is waited for the third time', async () => {
    const [x, y, z] = [await agent('x'), await agent('y'), await agent('main')];
    await x.call('claim', { paths: ['src/a.ts'] });
    await y.call('claim', { paths: ['src/a.ts'], queue: true });
    await z.call('claim', { paths: ['src/a.ts'], queue: true });
    await z.call('release', { paths: ['src/a.ts'] });
    await z.call('claim', { paths: ['src/a.ts'], queue: true });
    expect(await search(x, { paths: ['src/a.ts'] })).toMatchObject([
      { category: 'claim_contention', title: 'src/a.ts: waited for 3 times', body: { paths: ['src/a.ts'] } },
    ]);
  });
});

describe('given back', () => {
  it('with a granted claim, once for each session, also after waiting', async () => {
    const [x, y] = [await agent('x'), await agent('y')];
    await x.call('learnings', {
      record: 'Tokens are checked twice',
      category: 'convention',
      paths: ['src/auth/token.ts'],
      details: { why: 'old clients' },
    });
    const recorded = await search(x, {});
    expect(await x.call('claim', { paths: ['docs'] })).not.toHaveProperty('learnings');
    expect((await x.call('claim', { paths: ['src/auth'] })).learnings).toEqual([
      {
        id: recorded[0]?.id,
        category: 'convention',
        agent_id: 'x',
        title: 'Tokens are checked twice',
        body: { why: 'old clients' },
      },
    ]);
    expect(await x.call('claim', { paths: ['src/auth/token.ts'] })).not.toHaveProperty('learnings');
    const refused = await y.call('claim', { paths: ['src/auth/token.ts'] });
    expect(refused).not.toHaveProperty('learnings');
    const waiting = y.call('claim', { paths: ['src/auth/token.ts'], wait_seconds: 30 });
    await until(async () => (await x.call('status')).claims?.some(({ waiting: who }) => who?.includes('y')), {
      what: 'y to wait',
    });
    await x.call('release', { all: true });
    expect(await waiting).toMatchObject({ granted: true, learnings: [{ title: 'Tokens are checked twice' }] });
  });

  it('with a grant that comes by mail', async () => {
    const [x, y] = [await agent('x'), await agent('y')];
    await x.call('learnings', { record: 'Mind the gap', category: 'convention', paths: ['src/a.ts'] });
    await x.call('claim', { paths: ['src/a.ts'] });
    await y.call('claim', { paths: ['src/a.ts'], queue: true });
    await x.call('release', { all: true });
    const { messages } = await y.call('poll');
    expect(messages).toMatchObject([{ payload: { event: 'granted', learnings: [{ title: 'Mind the gap' }] } }]);
    expect(await y.call('claim', { paths: ['src/a.ts'] })).not.toHaveProperty('learnings');
  });

  it('status names how many are new', async () => {
    const [x, y] = [await agent('x'), await agent('y')];
    await x.call('learnings', { record: 'one', category: 'convention' });
    await x.call('learnings', { record: 'two', category: 'convention' });
    expect(await x.call('status')).not.toHaveProperty('new_learnings');
    expect(await y.call('status')).toMatchObject({ new_learnings: 2 });
    await y.call('learnings', { query: 'one' });
    expect(await y.call('status')).not.toHaveProperty('new_learnings');
  });
});

describe('.paw/learnings.md', () => {
  it('is not there without news, has one section a run, and earlier ones stay byte-identical', async () => {
    const x = await agent('x');
    await x.call('publish', { type: 'status', status: 'working' });
    await paw('stop');
    expect(existsSync(join(repository.main, '.paw'))).toBe(false);

    configure(repository, { learnings: { flushSeconds: 0.1 } });
    await x.call('learnings', { record: 'one', category: 'decision' });
    await until(() => file().includes('- one (x)'), { what: 'the first lesson to be written' });
    await x.call('learnings', { record: 'two', category: 'convention' });
    await until(() => file().includes('- two (x)'), { what: 'the second lesson to be written' });
    expect(headings()).toHaveLength(1);
    await paw('stop');
    const before = file();

    await (await agent('y')).call('learnings', { record: 'three', category: 'decision' });
    await until(() => file().includes('- three (y)'), { what: 'the third lesson to be written' });
    expect(file().startsWith(before)).toBe(true);
    expect(headings()).toHaveLength(2);
    expect(await repository.git(repository.main, 'status', '--porcelain', '-uall')).toBe('?? .paw/config.json');
  });

  it('at a shutdown holds the open block and what was not written yet, as log and search do', async () => {
    const x = await agent('x');
    await x.call('publish', { type: 'blocked', to: 'y', text: 'the session API' });
    await x.call('learnings', { record: 'Restart the emulator first', category: 'tooling_friction' });
    await paw('stop');
    expect(file()).toMatch(/### Where agents got stuck\n\n- x: blocked \d+s waiting on y, unresolved\n/);
    expect(file()).toContain('### Tooling friction\n\n- Restart the emulator first (x)\n');
    const before = file();

    const y = await agent('y');
    const stuck = await search(y, { category: 'stuck_duration' });
    expect(stuck).toMatchObject([{ body: { agent: 'x', waiting_on: 'y', unresolved: true } }]);
    expect(await search(y, { query: 'emulator' })).toHaveLength(1);
    const told = (await readLog(sandbox, repository)).filter(({ type }) => type === 'agent.learning');
    expect(told.map(({ payload }) => Object(payload).category)).toEqual(['tooling_friction', 'stuck_duration']);
    await paw('stop');
    expect(file()).toBe(before);

    await y.call('publish', { type: 'artifact' });
    await paw('stop');
    expect(headings()).toHaveLength(2);
    expect(file().slice(before.length)).toMatch(/- x: blocked \d+s waiting on y\n/);
    expect(await search(y, { category: 'stuck_duration' })).toHaveLength(1);
  });

  it('after a crash holds what the coordinator could not write', async () => {
    const x = await agent('x');
    await x.call('learnings', { record: 'one', category: 'decision' });
    await killCoordinator(repository);
    expect(file()).toBe('');
    await x.call('status');
    await paw('stop');
    expect(file()).toContain('- one (x)');
  });

  it('is committed if the user wants it', async () => {
    configure(repository, { learnings: { commit: true } });
    await (await agent('x')).call('learnings', { record: 'one', category: 'decision' });
    await paw('stop');
    expect(await repository.git(repository.main, 'status', '--porcelain', '-uall')).toContain('.paw/learnings.md');
  });
});

describe('paw-coordinator learnings', () => {
  it('lists them with ids, and forgets one', async () => {
    const x = await agent('x');
    const { recorded } = await x.call('learnings', { record: 'one', category: 'decision', details: { why: 'speed' } });
    await x.call('learnings', { record: 'two', category: 'decision' });
    const id = recorded?.id ?? '';
    expect(await paw('learnings', 'one')).toMatch(new RegExp(`^one\n    decision · x · .* · ${id}\n    why: speed\n$`));
    expect(await paw('learnings', 'forget', id)).toBe('Forgotten: one\n');
    expect(JSON.parse(await paw('learnings', '--json'))).toMatchObject({ learnings: [{ title: 'two' }] });
    const again = await runCli(sandbox, repository.main, ['learnings', 'forget', id]);
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toContain(`no lesson with the id "${id}"`);
    const agents = linkTo(sandbox, repository, { kind: 'agent', agent: 'somebody' });
    const [two] = await search(x, {});
    await expect(agents.request('forget', { id: two?.id ?? '' })).rejects.toThrow(/Only a person/);
    expect(JSON.parse(await paw('learnings', 'forget', two?.id ?? '', '--json'))).toEqual({ forgotten: 'two' });
  });
});
