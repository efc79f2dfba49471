import { execFile } from 'node:child_process';
import process from 'node:process';
import { promisify } from 'node:util';
import type { PolledMessage } from '../../protocol/answers.ts';
import { span } from '../render/time.ts';
import { commit as shortCommit } from '../render/wording.ts';
import { expectThat, later, nextMail, textOf } from './expect.ts';
import type { McpSession } from './mcp-session.ts';
import type { Narrator } from './narrator.ts';
import type { Stage } from './stage.ts';

const LESSON = 'Tokens are cached for 60 s: call clearTokenCache() in tests';
const QUESTION = 'May issueToken() take a lifetime?';
const ANSWER = 'Yes: issueToken(user, seconds)';
/** How long the second agent waits for the first one's files, in seconds. */
const CLAIM_WAIT_SECONDS = 20;

/** The agents, and where they are played. */
export interface Cast {
  stage: Stage;
  login: McpSession;
  sessions: McpSession;
  supervisor: McpSession;
}

/**
 * Plays the story and tells it. Every answer is checked.
 *
 * @throws PawError if one is not as expected
 */
export async function play(cast: Cast, tell: Narrator): Promise<void> {
  await reserve(cast, tell);
  await overlap(cast, tell);
  await refusal(cast, tell);
  await ask(cast, tell);
  await learn(cast, tell);
  const commit = await finish(cast, tell);
  await verify(cast, tell, commit);
  await look(cast, tell);
}

async function reserve({ login }: Cast, tell: Narrator): Promise<void> {
  tell.step('feat-login', 'claim src/auth/, because "limit login attempts"');
  const claim = await login.call('claim', { paths: ['src/auth/'], reason: 'limit login attempts' });
  expectThat(claim.granted, 'the claim on src/auth/ to be granted', claim);
  tell.answer(`granted for ${span(claim.expires_in_seconds ?? 0)}`);
  tell.why('Reserved before the first edit. Work renews it; a crashed agent loses it.');
}

async function overlap({ login, sessions }: Cast, tell: Narrator): Promise<void> {
  tell.step('feat-sessions', 'publish intent: "expire sessions" in src/session.ts, src/auth/token.ts');
  const intent = await sessions.call('publish', {
    type: 'intent',
    files: ['src/session.ts', 'src/auth/token.ts'],
    text: 'expire sessions',
  });
  const overlaps = intent.conflicts?.find((conflict) => conflict.with === 'feat-login');
  expectThat(overlaps !== undefined, 'an overlap with feat-login', intent);
  tell.answer(`overlaps with feat-login in ${overlaps.paths.join(', ')} ("${overlaps.doing}")`);
  const told = await nextMail(login, ({ type }) => type === 'coordinator.conflict', 'feat-login to be told too');
  expectThat(told.from === 'coordinator', 'the warning to come from the coordinator', told);
  tell.also('feat-login', 'gets the same warning by mail');
  tell.why('Both know of the overlap before a line is written, not at the merge.');
}

async function refusal({ sessions }: Cast, tell: Narrator): Promise<void> {
  tell.step('feat-sessions', 'claim src/auth/token.ts');
  const claim = await sessions.call('claim', { paths: ['src/auth/token.ts'], reason: 'expire sessions' });
  const holder = claim.blocked_by?.[0];
  expectThat(!claim.granted && holder?.holder === 'feat-login', 'a refusal that names feat-login', claim);
  tell.answer(
    `refused: held by ${holder.holder}, "${holder.reason ?? ''}", ${span(holder.expires_in_seconds ?? 0)} left`,
  );
  tell.why('It knows who, why and for how long, so it can ask, wait or work elsewhere.');
}

async function ask({ login, sessions }: Cast, tell: Narrator): Promise<void> {
  tell.step('feat-sessions', `publish question to feat-login: "${QUESTION}"`);
  const heard = later(
    nextMail(login, ({ type }) => type === 'agent.question', 'the question to arrive').then((mail) => ({
      mail,
      at: performance.now(),
    })),
  );
  const askedAt = performance.now();
  const sent = await sessions.call('publish', { type: 'question', to: 'feat-login', text: QUESTION });
  const { mail, at } = await heard;
  expectThat(mail.seq === sent.seq && textOf(mail, 'question') === QUESTION, 'the question as it was asked', mail);
  tell.also('feat-login', `was waiting in poll, and has it after ${milliseconds(at - askedAt)}`);
  await login.call('publish', { type: 'answer', re: mail.seq, text: ANSWER });
  const answer = await nextMail(sessions, ({ type }) => type === 'agent.answer', 'the answer to arrive');
  expectThat(textOf(answer, 'answer') === ANSWER && answer.re === sent.seq, 'the answer to the question', answer);
  tell.also('feat-login', `publish answer: "${ANSWER}"`);
  tell.why('Agents agree among themselves. What they cannot settle goes to the supervisor.');
}

async function learn({ login }: Cast, tell: Narrator): Promise<void> {
  tell.step('feat-login', `learnings record: "${LESSON}"`);
  const record = { record: LESSON, category: 'convention', paths: ['src/auth/token.ts'] };
  const kept = await login.call('learnings', record);
  expectThat(kept.recorded?.new === true, 'a new learning', kept);
  tell.why('Kept in the repository for every later agent.');
}

/** The first agent is done, and what the second one waits for becomes free. Returns the first one's commit. */
async function finish({ stage, login, sessions }: Cast, tell: Narrator): Promise<{ name: string; seq: number }> {
  const paths = ['src/auth/token.ts'];
  const waiting = later(
    sessions
      .call('claim', { paths, reason: 'expire sessions', wait_seconds: CLAIM_WAIT_SECONDS })
      .then((claim) => ({ claim, at: performance.now() })),
  );
  const isWanted = (mail: PolledMessage): boolean =>
    mail.type === 'coordinator.claim' && textOf(mail, 'event') === 'wanted';
  await nextMail(login, isWanted, 'feat-login to hear that somebody waits');
  const name = await stage.commit('feat/login', paths[0] ?? '', 'export function issueToken(user, seconds) {}\n');
  const doneAt = performance.now();
  const done = await login.call('publish', {
    type: 'artifact',
    text: 'login attempts are limited',
    exports: ['issueToken(user, seconds)'],
    commit: name,
  });
  // Files count as changed until their commit was noticed; what is still held then is given back by hand.
  const rest = await login.call('release', { all: true });
  const released = [...(done.released ?? []), ...rest.released];
  expectThat(released.includes('src/auth'), 'src/auth to be released', { done, rest });
  tell.step('feat-login', `edits, commits ${shortCommit(name)}, publish artifact: "login attempts are limited"`);
  tell.answer(`told to everybody; released ${released.join(', ')}`);
  const { claim, at } = await waiting;
  expectThat(claim.granted, 'the waiting claim to be granted', claim);
  tell.also('feat-sessions', `was waiting in claim src/auth/token.ts: granted after ${milliseconds(at - doneAt)}`);
  tell.why('The next in the queue gets the files at once. Nobody asks again and again.');
  const found = await sessions.call('learnings', { paths });
  const lesson = found.learnings?.find(({ title }) => title === LESSON);
  expectThat(lesson !== undefined, 'the learning about the file', found);
  tell.step('feat-sessions', 'learnings about src/auth/token.ts');
  tell.answer(`"${lesson.title}"`);
  tell.why('Nobody pays for the same lesson twice.');
  return { name, seq: done.seq };
}

async function verify(
  { sessions, supervisor }: Cast,
  tell: Narrator,
  { name, seq }: { name: string; seq: number },
): Promise<void> {
  const artifact = await nextMail(supervisor, (message) => message.seq === seq, 'the artifact to reach the supervisor');
  expectThat(textOf(artifact, 'commit') === name, `the artifact to name ${name}`, artifact);
  const verdict = await supervisor.call('publish', { type: 'verified', re: seq, text: 'tests pass' });
  expectThat(verdict.commit === name, `${name} to be the verified commit`, verdict);
  await nextMail(sessions, ({ type }) => type === 'agent.verified', 'the others to hear of it');
  tell.step('supervisor', `reads the artifact and publishes verified for ${shortCommit(name)}`);
  tell.answer('told to everybody');
  tell.why('The verdict is about a commit: newer work needs a new one.');
}

/** What a person sees, by the real command. */
async function look({ stage }: Cast, tell: Narrator): Promise<void> {
  tell.step('you', 'paw-coordinator status');
  const { stdout } = await promisify(execFile)(process.execPath, [stage.cliPath, 'status'], {
    cwd: stage.worktree('main'),
    env: stage.env,
  });
  for (const id of ['feat-login', 'feat-sessions', 'supervisor']) {
    expectThat(stdout.includes(id), `status to list ${id}`, stdout);
  }
  const lines = stdout.trimEnd().split('\n');
  tell.say(...lines.map((line) => `    ${line}`.trimEnd()));
}

function milliseconds(ms: number): string {
  return `${ms.toFixed(1)} ms`;
}
