import { LinkClient } from '../../../src/link/client.ts';
import type { ClaimedThing } from '../../../src/protocol/answers.ts';
import type { Calls, Method } from '../../../src/protocol/calls.ts';
import { PROTOCOL_VERSION } from '../../../src/protocol/version.ts';
import type { Random } from '../random.ts';
import type { Call, Mode } from './history.ts';

/** What is claimed: many of these overlap. */
const PATHS = [
  'src',
  'src/a',
  'src/a/x.ts',
  'src/b/*.ts',
  'src/b/y.ts',
  'lib/*.ts',
  'lib/z.ts',
  'docs/**',
  'docs/a.md',
];
const NAMES = ['build', 'port:3000'];
const MORE_PATHS = Array.from({ length: 20 }, (_, index) => `pkg/${index}`);
/** Longest pause before a call, in milliseconds: 50 agents are then busy, and do not have the machine to themselves. */
const PAUSE_MAX_MS = 30;
const WAIT_SECONDS = 1;
/** How long a call may wait for the next coordinator, in milliseconds: a slow machine is no fault. */
const WAIT_MAX_MS = 30_000;

export interface AgentOptions {
  id: string;
  /** Everybody it writes to. */
  others: readonly string[];
  random: Random;
  repository: { main: string; commonDir: string; stateDir: string };
  /** The program that is started if no coordinator runs. */
  cliPath: string;
  /** Told of each call that was answered. */
  onCall: (call: Call) => void;
}

/** One agent that makes random calls, one after the other, and notes what it is told. */
export class LoadAgent {
  readonly #options: AgentOptions;
  readonly #link: LinkClient;
  #sent = 0;
  #polls = 0;
  #batch: number | undefined;
  #holds: { request: ClaimParams; mode: Mode } | undefined;

  constructor(options: AgentOptions) {
    this.#options = options;
    const { id, repository, cliPath } = options;
    const { commonDir, stateDir, main: worktree } = repository;
    const hello = { protocol: PROTOCOL_VERSION, kind: 'agent' as const, session: `session-of-${id}`, pid: process.pid };
    this.#link = new LinkClient({
      commonDir,
      stateDir,
      mayStart: 'always',
      waitMaxMs: WAIT_MAX_MS,
      cliPath,
      hello: () => ({ ...hello, agent: id, worktree }),
    });
  }

  greet(): Promise<void> {
    return this.#link.greet();
  }

  /** Makes calls until `signal`. */
  async work(signal: AbortSignal): Promise<void> {
    const { random } = this.#options;
    while (!signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, random.below(PAUSE_MAX_MS)));
      if (random.chance(0.45)) await this.#publish();
      else if (random.chance(0.5)) await this.#poll(random.chance(0.1) ? WAIT_SECONDS : 0);
      else await this.#useClaims();
    }
  }

  /** Reads all mail there is. */
  async drain(): Promise<void> {
    while ((await this.#poll(0)) > 0);
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  async #publish(): Promise<void> {
    const { id, others, random } = this.#options;
    this.#sent += 1;
    const text = `${id}:${this.#sent}`;
    const to = random.chance(0.05) ? ['all'] : [random.pick(others)];
    await this.#call('publish', { input: { type: 'note', text, to } }, ({ seq }) => ({ kind: 'publish', text, seq }));
  }

  /** Polls like the agent's side of the link: a batch is acknowledged with the next call. Returns what came. */
  async #poll(waitSeconds: number): Promise<number> {
    this.#polls += 1;
    const request = { wait_seconds: waitSeconds, call: `poll-${this.#polls}` };
    const answer = await this.#call('poll', request, ({ messages, cursor, missed = 0 }) => ({
      kind: 'poll',
      messages: messages.map(({ seq, from, payload }) => ({ seq, from, text: textOf(payload) })),
      cursor,
      missed,
    }));
    this.#batch = answer?.batch;
    return answer?.messages.length ?? 0;
  }

  #useClaims(): Promise<void> {
    if (!this.#holds) return this.#claim();
    return this.#options.random.chance(0.5) ? this.#renew() : this.#release();
  }

  async #claim(): Promise<void> {
    const { random } = this.#options;
    const mode: Mode = random.chance(0.2) ? 'shared' : 'exclusive';
    const wait_seconds = random.chance(0.2) ? WAIT_SECONDS : 0;
    const path = random.chance(0.5) ? random.pick(PATHS) : random.pick(MORE_PATHS);
    const paths = random.chance(0.2) ? [path, random.pick(MORE_PATHS)] : [path];
    const names = random.chance(0.1) ? [random.pick(NAMES)] : [];
    const targets = [...new Set(paths)].map((one) => ({ path: one, ...(one.includes('*') && { glob: one }) }));
    const request = { targets, names, mode };
    const answer = await this.#call('claim', { ...request, wait_seconds }, claimed(mode));
    if (answer?.granted) this.#holds = { request, mode };
    // Its place in the queue is given up, so that nobody waits for an agent that does not ask again.
    else if (wait_seconds > 0) await this.#release();
  }

  async #renew(): Promise<void> {
    if (this.#holds) await this.#call('claim', this.#holds.request, claimed(this.#holds.mode));
  }

  async #release(): Promise<void> {
    await this.#call('release', { all: true }, ({ released }) => ({
      kind: 'release',
      released: released.map(sayName),
    }));
    this.#holds = undefined;
  }

  async #call<M extends Method>(
    method: M,
    params: Calls[M]['params'],
    note: (answer: Calls[M]['answer']) => Told,
  ): Promise<Calls[M]['answer'] | undefined> {
    const { id: agent, onCall } = this.#options;
    this.#acknowledge();
    const sent = now();
    try {
      const answer = await this.#link.request(method, params);
      onCall({ ...note(answer), agent, sent, answered: now() });
      return answer;
    } catch (error) {
      onCall({ kind: 'failed', agent, sent, answered: now(), call: method, error: String(error) });
      return undefined;
    }
  }

  #acknowledge(): void {
    const batch = this.#batch;
    if (batch === undefined) return;
    this.#batch = undefined;
    const { id: agent, onCall } = this.#options;
    const sent = now();
    this.#link.request('ack', { batches: [batch] }).catch((error: unknown) => {
      onCall({ kind: 'failed', agent, sent, answered: now(), call: 'ack', error: String(error) });
    });
  }
}

type ClaimParams = Calls['claim']['params'];
/** A call without what all calls have. */
type Told = Call extends infer C ? (C extends Call ? Omit<C, 'agent' | 'sent' | 'answered'> : never) : never;

function claimed(mode: Mode): (answer: Calls['claim']['answer']) => Told {
  return ({ claims = [] }) => ({
    kind: 'claim',
    mode,
    claims: claims.map((claim) => ({ thing: thingOf(claim), fence: claim.fence })),
  });
}

/** The name of a claimed thing in a history. */
export function thingOf({ path, name }: ClaimedThing): string {
  return path ?? `name:${name}`;
}

/** A release says paths and names alike. */
function sayName(word: string): string {
  return NAMES.includes(word) ? `name:${word}` : word;
}

/** The text of a note; undefined for any other message. */
export function textOf(payload: object): string | undefined {
  return 'text' in payload && !('event' in payload) ? String(payload.text) : undefined;
}

/** Milliseconds on the monotonic clock of the machine. */
function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
