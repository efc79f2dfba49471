import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { visibleJson } from '../../src/errors/quote.ts';
import { runCli } from '../harness/cli.ts';
import { openSession, type Session } from '../harness/mcp.ts';
import type { TestRepository } from '../harness/repository.ts';
import { makeSandbox, type Sandbox } from '../harness/sandbox.ts';
import { until } from '../harness/until.ts';

/* Nothing that an agent can choose, be it a message, a branch or a path, is obeyed by the terminal of a person. */

/** Sets a title, changes colours in both ways, turns the direction of text, hides words, and begins a line. */
const EVIL = '\u001b]0;pwned\u0007\u001b[31mred\u009b32m\u202egnp.exe\u2066\u{e0041}\u{e0042}\u2028\r\nFORGED';
/** What git lets into the name of a branch. */
const EVIL_BRANCH = 'feat/\u009b32m\u202etxt\u{e0041}';
/** What a terminal obeys or does not show, and a line that is not set off as part of a letter. */
const OBEYED =
  /(?!\n)[\p{Cc}\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e0fff}]|^ {0,3}FORGED/mu;

let sandbox: Sandbox;
let repository: TestRepository;
let main: string;
let a: Session;
let b: Session;
beforeEach(async () => {
  sandbox = await makeSandbox();
  repository = await sandbox.repository({ worktrees: ['feat/a'] });
  main = repository.main;
  // git's own commands cannot be asked about a folder with a line break in its name.
  const odd = join(sandbox.root, `odd ${EVIL.replaceAll(/[\r\n]/g, '')}`);
  await repository.git(main, 'worktree', 'add', '--quiet', '-b', EVIL_BRANCH, odd);
  a = await openSession(sandbox, repository.worktree('feat/a'));
  b = await openSession(sandbox, odd, { clientName: EVIL });
  await Promise.all([a.call('status'), b.call('status')]);
});
afterEach(() => sandbox.dispose());

async function paw(...args: string[]): Promise<string> {
  const { stdout, stderr } = await runCli(sandbox, main, args);
  return stdout + stderr;
}

describe('whatever agents say and name', () => {
  it('is shown to a person without effect', async () => {
    const said = (rest: object) => b.call('publish', { text: `said ${EVIL}`, ...rest });
    await b.call('claim', { paths: [`src/${EVIL}`], names: [`lock ${EVIL}`], reason: `why ${EVIL}` });
    await said({ type: 'intent', files: [`plan ${EVIL}`] });
    await said({ type: 'artifact', status: `label ${EVIL}`, exports: [EVIL] });
    await said({ type: 'status', status: 'working', phase: EVIL, files: [`src/${EVIL}`] });
    for (const text of ['one', 'two']) await said({ type: 'question', to: 'human', text: `${text} ${EVIL}` });
    await said({ type: 'note', to: 'feat/a' });
    await b.call('learnings', { record: `title ${EVIL}`, category: `own ${EVIL}`, details: { [EVIL]: [EVIL] } });
    await a.call('publish', { type: 'status', status: 'working', files: [`src/${EVIL}`] });

    const shown: [string, string][] = [];
    for (const args of [
      ['status'],
      ['status', '--full'],
      ['log'],
      ['inbox', 'feat/a'],
      ['inbox'],
      ['claims'],
      ['learnings'],
      ['answer', EVIL_BRANCH, 'which of the two?'],
      ['tell', EVIL, 'hello'],
      ['release', `no ${EVIL}`, '--force'],
      ['release', `src/${EVIL}`, '--name', `lock ${EVIL}`, '--force'],
      ['status', '--json', '--full'],
      ['log', '--json'],
      ['learnings', '--json'],
      ['doctor'],
    ])
      shown.push([args.join(' '), await paw(...args)]);
    for (const [command, text] of shown) {
      expect([visibleJson(command), text.match(OBEYED)?.[0]]).toEqual([visibleJson(command), undefined]);
      expect(text.length).toBeGreaterThan(10);
    }
    const of = (command: string) => shown.find(([given]) => given === command)?.[1] ?? '';
    expect(of('inbox')).toContain('two ␛]0;pwned␇␛[31mred<U+009B>32m<U+202E>gnp.exe');
    expect(of(`answer ${EVIL_BRANCH} which of the two?`)).toMatch(/more than one answer: \d+ \("one \\u001b\]0;pwned/);
    const [first] = of('log --json').split('\n');
    expect(JSON.parse(first ?? '')).toMatchObject({ seq: 1 });
    const told = of('learnings --json');
    expect(JSON.parse(told)).toMatchObject({
      learnings: expect.arrayContaining([expect.objectContaining({ title: `title ${EVIL}` })]),
    });
  });

  it('is shown by git hooks without effect, and by init', async () => {
    const folder = repository.worktree('feat/a');
    expect(await runCli(sandbox, main, ['init', '--git-hooks', '--yes'])).toMatchObject({ code: 0 });
    await b.call('claim', { paths: ['src'], reason: `why ${EVIL}` });
    mkdirSync(join(folder, 'src'));
    writeFileSync(join(folder, 'src', EVIL.replaceAll('/', '')), 'x');
    await repository.git(folder, 'add', '--all');
    const refused = await repository.git(folder, 'commit', '--message', 'x').catch((error: Error) => error.message);
    expect(refused).toContain('paw-coordinator: not committed. Other agents have claimed:');
    expect(refused.match(OBEYED)?.[0]).toBeUndefined();
    const planned = await paw('init', '--client', 'claude-code');
    expect(planned).toContain('odd ␛]0;pwned');
    expect(planned.match(OBEYED)?.[0]).toBeUndefined();
  });

  it('reaches a model with everything in it visible, and unchanged', async () => {
    await b.call('publish', { type: 'note', to: 'feat/a', text: EVIL });
    const answer = await until(
      async () => {
        const polled = await a.callRaw('poll');
        return (polled.structuredContent?.messages as unknown[] | undefined)?.length ? polled : undefined;
      },
      { what: 'the note' },
    );
    const text = answer.content[0]?.text ?? '';
    expect(text.match(OBEYED)?.[0]).toBeUndefined();
    expect(JSON.parse(text)).toEqual(answer.structuredContent);
    expect(JSON.parse(text)).toMatchObject({ messages: [{ payload: { text: EVIL.trim() } }] });
  });
});
