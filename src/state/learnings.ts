import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { LearningsAnswer } from '../protocol/answers.ts';
import type { LearningsRequest } from '../protocol/requests.ts';
import { searchLearnings } from './learning-search.ts';
import type { State } from './state.ts';
import { iso } from './time.ts';
import type { Transaction } from './transaction.ts';

/** Something learned about this repository. */
export interface Learning {
  /** Of its content and the hour: the same thing learned twice within the hour is one record. */
  id: string;
  category: string;
  title: string;
  body: Record<string, unknown>;
  /** The branch it is about, or was learned on. */
  branch_id?: string;
  agent_id: string;
  at: string;
  /** How often it was recorded. */
  count: number;
}

export type LearningEvent = { kind: 'learned'; learning: Learning };

export function applyLearningEvent(state: State, event: LearningEvent): void {
  const before = state.learnings.get(event.learning.id);
  state.learnings.set(event.learning.id, before ? { ...before, count: before.count + 1 } : event.learning);
}

/** Answers `learnings`: keeps the record it carries, or searches. */
export function learnings(tx: Transaction, agent: string, request: LearningsRequest): LearningsAnswer {
  if (!request.record) return { learnings: searchLearnings(tx.state.learnings, request) };
  const { category, title, body } = request.record;
  const id = learningId(category, title, body, tx.now.wall);
  const isNew = !tx.state.learnings.has(id);
  const branch = namedBranch(body) ?? tx.state.agents.get(agent)?.branch;
  tx.emit({
    kind: 'learned',
    learning: {
      id,
      category,
      title,
      body,
      ...(branch === undefined ? {} : { branch_id: branch }),
      agent_id: agent,
      at: iso(tx.now.wall),
      count: 1,
    },
  });
  return { recorded: { id, new: isNew } };
}

/** Hex digits of an id: 64 bits are plenty for what one repository learns. */
const ID_DIGITS = 16;

/**
 * The title counts as content: most lessons are one sentence with no body, and two of them within the hour
 * must not become one.
 */
function learningId(category: string, title: string, body: Record<string, unknown>, wall: number): string {
  const hour = iso(wall).slice(0, 'YYYY-MM-DDTHH'.length);
  const content = [category, namedBranch(body) ?? '', canonicalJson({ ...body, title }), hour].join('\n');
  return bytesToHex(sha256(new TextEncoder().encode(content))).slice(0, ID_DIGITS);
}

function namedBranch(body: Record<string, unknown>): string | undefined {
  return typeof body.branch === 'string' ? body.branch : undefined;
}

/** JSON with the keys of every object in order, so that equal content has equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`);
  return `{${fields.join(',')}}`;
}
