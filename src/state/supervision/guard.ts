import type { Target } from '../../protocol/targets.ts';
import type { Config } from '../config.ts';
import { learn } from '../learnings/learnings.ts';
import { open } from '../messages/openings.ts';
import { covers } from '../patterns/patterns.ts';
import { type Agent, COORDINATOR, SUPERVISOR } from '../roster/roster.ts';
import type { Transaction } from '../transaction.ts';
import type { MoveFact } from './sightings.ts';

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
const WILDCARD = /[*?{[]/;

/** Points out what a move of an agent's branch changes of what is protected. */
export function guardMove(tx: Transaction, agent: Agent, fact: MoveFact): void {
  const { guard } = tx.config;
  if (guard.mode === 'off' || isSupervisors(tx, fact.worktree)) return;
  const files = protectedFiles(guard, fact.files);
  const subject = protectedSubject(guard, fact.subjects ?? []);
  if (files.length === 0 && subject === undefined) return;
  const what = files.length > 0 ? `changes protected paths: ${listed(files)}` : `says "${subject}"`;
  const commit = fact.tip.slice(0, COMMIT_SHOWN);
  const others = fact.commits.length - 1 + (fact.more ?? 0);
  const which = others > 0 ? `Commit ${commit}, or one of the ${others} seen with it,` : `Commit ${commit}`;
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
  keepLesson(tx, agent, fact.tip, files, what);
  if (guard.mode === 'block') askToRevert(tx, agent, `${which} of ${agent.id} ${what}`);
}

function keepLesson(tx: Transaction, agent: Agent, commit: string, files: readonly string[], what: string): void {
  const title = `${agent.id} committed what is the supervisor's to commit: it ${what}`;
  const body = { branch: agent.branch ?? agent.id, commit, paths: files.slice(0, FILES_SHOWN) };
  learn(tx, { category: 'scope_mistake', title, body, by: COORDINATOR, about: agent });
}

function askToRevert(tx: Transaction, agent: Agent, found: string): void {
  const text = `${found}. That is yours to do. Please have it reverted, or revert it yourself, and tell ${agent.id}; an answer to this message goes to ${agent.id}.`;
  const seq = tx.send({
    type: 'agent.question',
    from: COORDINATOR,
    to: [SUPERVISOR],
    payload: { question: text, branch_id: agent.id },
  });
  open(tx, { seq, kind: 'question', from: COORDINATOR, to: [SUPERVISOR], text });
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

function listed(files: readonly string[]): string {
  const shown = files.slice(0, FILES_SHOWN).join(', ');
  const more = files.length - FILES_SHOWN;
  return more > 0 ? `${shown} and ${more} more` : shown;
}
