import { quoteName } from '../../errors/quote.ts';
import type { Target } from '../../protocol/targets.ts';
import type { Config } from '../config.ts';
import { learn } from '../learnings/learnings.ts';
import { close, type Opening, open } from '../messages/openings.ts';
import { covers } from '../patterns/patterns.ts';
import { type Agent, COORDINATOR, SUPERVISOR } from '../roster/roster.ts';
import type { Transaction } from '../transaction.ts';
import type { MoveFact } from './facts.ts';
import { countFeedback } from './stalls.ts';

/**
 * The role guard: some paths are the supervisor's to change. A commit of anybody else that touches them is
 * pointed out; nothing is ever reverted by itself.
 */

/** What a preset protects. */
interface Preset {
  paths: readonly string[];
  /** First lines of commits that are a supervisor's to make, whatever they change. */
  subject: RegExp;
}

const PRESETS: Record<NonNullable<Config['guard']['preset']>, Preset> = {
  openspec: {
    paths: ['**/openspec/changes/archive/**', '**/openspec/specs/**'],
    // How git-paw's supervisor names the commit that archives a change.
    subject: /^chore\(specs\): archive [a-z0-9-]+; sync deltas to main specs$/,
  },
};

/** Files named in a message; the rest are counted. */
const FILES_SHOWN = 20;
/** Digits of a commit in a sentence. */
const COMMIT_SHOWN = 12;
/** Commits named in a sentence; the rest are counted. */
const COMMITS_NAMED = 5;
const WILDCARD = /[*?{[]/;

/** Points out what a move of an agent's branch changes of what is protected, and settles what it has taken back. */
export function guardMove(tx: Transaction, agent: Agent, fact: MoveFact): void {
  const { guard } = tx.config;
  if (fact.differing) settleGuard(tx, agent.id, fact.differing);
  if (guard.mode === 'off' || isSupervisors(tx, fact.worktree)) return;
  const files = protectedFiles(guard, newlyChanged(fact));
  const subject = protectedSubject(guard, fact.subjects ?? []);
  if (files.length === 0 && subject === undefined) return;
  const commits = files.length > 0 ? commitsThatChange(files, fact) : commitsThatSay(subject, fact);
  const which = named(commits, fact);
  const what = whatOf(files, subject, commits.length > 1);
  tx.send({
    type: 'agent.feedback',
    from: COORDINATOR,
    to: [agent.id],
    payload: {
      errors: [
        `${which} ${what}. Here that is the supervisor's to do. Take it out of your branch, for example by restoring what was changed from ${tx.state.base} and amending the commit, or ask the supervisor to make the change.`,
      ],
    },
  });
  countFeedback(tx, agent.id);
  keepLesson(tx, agent, commits[0] ?? fact.tip, files, whatOf(files, subject));
  if (guard.mode === 'block') askToRevert(tx, agent, `${which} of ${agent.id} ${what}`, files);
}

/**
 * Closes the questions about files of an agent's branch that are as the base has them again, or by now.
 *
 * @param differing all files of the branch that are not
 */
export function settleGuard(tx: Transaction, agent: string, differing: readonly string[]): void {
  const isSettled = ({ about }: Opening): boolean =>
    about?.agent === agent && about.paths.length > 0 && !about.paths.some((path) => differing.includes(path));
  close(tx, [...tx.state.openings.values()].filter(isSettled));
}

/** What the new commits themselves change and have not taken back: after rewritten history that is not all of `files`. */
function newlyChanged({ files, changes, more, differing }: MoveFact): string[] {
  const touched = changes === undefined || more !== undefined ? undefined : new Set(changes.flat());
  return files.filter((file) => touched?.has(file) !== false && differing?.includes(file) !== false);
}

/** The commits that change any of these files, newest first; none if that is not known. */
function commitsThatChange(files: readonly string[], { commits, changes = [] }: MoveFact): string[] {
  return commits.filter((_commit, index) => changes[index]?.some((file) => files.includes(file)));
}

function commitsThatSay(subject: string | undefined, { commits, subjects = [] }: MoveFact): string[] {
  return commits.filter((_commit, index) => subjects[index] === subject);
}

/** Commits as a sentence begins with them; without any it is one of those seen together. */
function named(commits: readonly string[], { tip, commits: seen, more = 0 }: MoveFact): string {
  const [first = tip, ...further] = commits.slice(0, COMMITS_NAMED).map(short);
  const rest = commits.length - COMMITS_NAMED;
  if (further.length > 0)
    return rest > 0
      ? `Commits ${[first, ...further].join(', ')} and ${rest} more`
      : `Commits ${[first, ...further.slice(0, -1)].join(', ')} and ${further.at(-1)}`;
  const others = seen.length - 1 + more;
  return commits.length === 0 && others > 0
    ? `Commit ${short(tip)}, or one of the ${others} seen with it,`
    : `Commit ${short(first)}`;
}

function whatOf(files: readonly string[], subject: string | undefined, isPlural = false): string {
  const s = isPlural ? '' : 's';
  return files.length > 0 ? `change${s} protected paths: ${listed(files)}` : `say${s} "${subject}"`;
}

function keepLesson(tx: Transaction, agent: Agent, commit: string, files: readonly string[], what: string): void {
  const title = `${agent.id} committed what is the supervisor's to commit: it ${what}`;
  const body = { branch: agent.branch ?? agent.id, commit, paths: files.slice(0, FILES_SHOWN) };
  learn(tx, { category: 'scope_mistake', title, body, by: COORDINATOR, about: agent });
}

function askToRevert(tx: Transaction, agent: Agent, found: string, paths: string[]): void {
  const text = `${found}. That is yours to do. Please have it reverted, or revert it yourself, and tell ${agent.id}; an answer to this message goes to ${agent.id}.`;
  const seq = tx.send({
    type: 'agent.question',
    from: COORDINATOR,
    to: [SUPERVISOR],
    payload: { question: text, branch_id: agent.id },
  });
  open(tx, { seq, kind: 'question', from: COORDINATOR, to: [SUPERVISOR], text, about: { agent: agent.id, paths } });
}

/** Whether a supervisor works in this worktree, and no other agent does. */
export function isSupervisors({ state }: Transaction, worktree: string): boolean {
  let supervised = false;
  for (const session of state.sessions.values()) {
    const agent = state.agents.get(session.agent);
    if (agent?.worktree !== worktree) continue;
    if (agent.role !== 'supervisor') return false;
    supervised = true;
  }
  return supervised;
}

function protectedFiles(guard: Config['guard'], files: readonly string[]): string[] {
  const paths = [...guard.protectedPaths, ...(guard.preset ? PRESETS[guard.preset].paths : [])];
  const targets = paths.map(targetOf);
  return files.filter((file) => targets.some((target) => covers(target, file)));
}

function protectedSubject({ preset }: Config['guard'], subjects: readonly string[]): string | undefined {
  if (preset === undefined) return undefined;
  return subjects.find((subject) => PRESETS[preset].subject.test(subject.trim()));
}

/** A path without wildcards stands for itself and everything below it. */
function targetOf(given: string): Target {
  if (WILDCARD.test(given)) return { path: given, glob: given };
  return { path: given.replace(/^\.\//, '').replace(/\/+$/, '') || '.' };
}

function short(commit: string): string {
  return commit.slice(0, COMMIT_SHOWN);
}

function listed(files: readonly string[]): string {
  const shown = files.slice(0, FILES_SHOWN).map(quoteName).join(', ');
  const more = files.length - FILES_SHOWN;
  return more > 0 ? `${shown} and ${more} more` : shown;
}
