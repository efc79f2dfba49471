import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import * as errors from '../../errors/learnings.ts';
import type { LearningsAnswer } from '../../protocol/answers.ts';
import { TEXT_MAX_BYTES } from '../../protocol/limits.ts';
import type { LearningsRequest } from '../../protocol/requests.ts';
import { utf8Bytes } from '../messages/inbox.ts';
import { ownerOf } from '../roster/identity.ts';
import { type Agent, COORDINATOR, SUPERVISOR } from '../roster/roster.ts';
import { slug } from '../roster/slug.ts';
import type { State } from '../state.ts';
import { iso } from '../time.ts';
import type { Transaction } from '../transaction.ts';
import type { Learning } from './learning-events.ts';
import { searchLearnings } from './learning-search.ts';

/** Something to be kept, before it has an id. */
export interface Lesson {
  category: string;
  title: string;
  body: Record<string, unknown>;
  /** The title is the lesson, and the body only says more about it. */
  sentence?: true | undefined;
  /** Who says so. */
  by: string;
  /** The agent it is about; without one, that of the branch the body names. */
  about?: Agent | undefined;
  /** The id, if content and hour are not what makes it the same as another one. */
  id?: string;
  /** It goes on with the record of the same id, and is not that one once more. */
  continues?: boolean;
}

/**
 * Answers `learnings`: keeps the record it carries, or searches. Who has searched has nothing new to look at.
 * @throws PawError if the record is too long
 */
export function learnings(tx: Transaction, agent: string, request: LearningsRequest): LearningsAnswer {
  if (!request.record) {
    markLooked(tx, agent);
    return { learnings: searchLearnings(tx.state, request) };
  }
  const bytes = utf8Bytes(JSON.stringify(request.record));
  if (bytes > TEXT_MAX_BYTES) throw errors.learningTooLong(bytes, TEXT_MAX_BYTES);
  return { recorded: learn(tx, { ...request.record, by: agent }) };
}

/**
 * Keeps a lesson. One that is known is counted once more, and has the newer title and body from now on; a new one
 * is told to the agent it is about, else to the supervisor.
 */
export function learn(tx: Transaction, lesson: Lesson): { id: string; new: boolean } {
  const { category, title, body, by } = lesson;
  const named = namedBranch(body);
  const isSentence = lesson.sentence === true || Object.keys(body).length === 0;
  const id = lesson.id ?? contentId(category, named, isSentence ? { ...body, title } : body, tx.now.wall);
  const before = tx.state.learnings.get(id);
  if (before) {
    const count = before.count + (lesson.continues ? 0 : 1);
    tx.emit({ kind: 'learned', learning: { ...before, title, body, count } });
    return { id, new: false };
  }
  const about = lesson.about ?? (named === undefined ? undefined : agentOf(tx.state, named));
  const branch = about ? (about.branch ?? about.id) : (named ?? tx.state.agents.get(by)?.branch);
  const learning: Learning = {
    id,
    n: tx.state.learned + 1,
    category,
    title,
    body,
    ...(branch === undefined ? {} : { branch_id: branch }),
    agent_id: by,
    at: iso(tx.now.wall),
    count: 1,
  };
  tx.emit({ kind: 'learned', learning });
  const to = listener(tx.state, by, about?.id);
  tx.send({ type: 'agent.learning', from: by, to, payload: { id, category, title } });
  return { id, new: true };
}

/**
 * Takes a record away for good; `.paw/learnings.md` keeps what earlier runs wrote there.
 * @param given its id, or so much of its beginning that no other record is meant
 * @returns its title
 * @throws PawError if there is none, or more than one
 */
export function forget(tx: Transaction, given: string): string {
  const exact = tx.state.learnings.get(given);
  const found = exact ? [exact] : [...tx.state.learnings.values()].filter(({ id }) => id.startsWith(given));
  const [only] = found;
  if (only === undefined || found.length > 1) {
    const ids = found.slice(0, IDS_NAMED).map(({ id }) => id);
    throw errors.unknownLearning(given, ids);
  }
  tx.emit({ kind: 'forgotten', id: only.id });
  return only.title;
}

/**
 * The id of what is the same whenever it is found, whatever its title and body say by then.
 * @param identity what makes it the same; any JSON
 */
export function lastingId(category: string, identity: unknown): string {
  return digest([category, canonicalJson(identity)]);
}

/** The id of what is the same if it is found again within the hour, by what makes it the same. */
export function hourlyId(category: string, identity: unknown, wall: number): string {
  return digest([category, canonicalJson(identity), hourOf(wall)]);
}

/** Hex digits of an id: 64 bits are plenty for what one repository learns. */
const ID_DIGITS = 16;
/** Ids named when the beginning of one means several. */
const IDS_NAMED = 5;

function contentId(category: string, branch: string | undefined, content: object, wall: number): string {
  return digest([category, branch ?? '', canonicalJson(content), hourOf(wall)]);
}

function digest(parts: readonly string[]): string {
  return bytesToHex(sha256(new TextEncoder().encode(parts.join('\n')))).slice(0, ID_DIGITS);
}

function hourOf(wall: number): string {
  return iso(wall).slice(0, 'YYYY-MM-DDTHH'.length);
}

function namedBranch(body: Readonly<Record<string, unknown>>): string | undefined {
  return typeof body.branch === 'string' ? body.branch : undefined;
}

function agentOf(state: State, branch: string): Agent | undefined {
  return state.agents.get(branch) ?? ownerOf(state, branch) ?? state.agents.get(slug(branch));
}

/** Who is told of a new record: the agent it is about, else the supervisor; nobody is told what it said itself. */
function listener(state: State, by: string, about: string | undefined): string[] {
  if (about !== undefined && about !== by && state.agents.has(about)) return [about];
  const isSupervisor = by !== COORDINATOR && state.agents.get(by)?.role === 'supervisor';
  return isSupervisor || !state.agents.has(SUPERVISOR) ? [] : [SUPERVISOR];
}

function markLooked(tx: Transaction, agent: string): void {
  const known = tx.state.agents.get(agent);
  if (known && (known.learned ?? 0) < tx.state.learned)
    tx.emit({ kind: 'agent', id: agent, set: { learned: tx.state.learned } });
}

/** JSON with the keys of every object in order, so that equal content has equal text. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`);
  return `{${fields.join(',')}}`;
}
