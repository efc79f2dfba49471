import type { PollAnswer, PublishAnswer } from '../../src/protocol/answers.ts';
import { type PublishInput, publishSchema } from '../../src/protocol/publish.ts';
import { type Hello, helloSchema, pollRequestSchema, statusRequestSchema } from '../../src/protocol/requests.ts';
import type { Target } from '../../src/protocol/targets.ts';
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts';
import { apply } from '../../src/state/apply.ts';
import { changing } from '../../src/state/calls.ts';
import { type Config, DEFAULT_CONFIG } from '../../src/state/config.ts';
import { acknowledge, poll } from '../../src/state/messages/mail.ts';
import { type PublishFacts, publish } from '../../src/state/messages/publish.ts';
import type { StateRecord } from '../../src/state/records.ts';
import { actingAs } from '../../src/state/roster/identity.ts';
import { disconnected, hello } from '../../src/state/roster/sessions.ts';
import { sightWorktrees, type WorktreeFact } from '../../src/state/roster/worktrees.ts';
import { createState, fromSnapshot, type Snapshot, type State, toSnapshot } from '../../src/state/state.ts';
import { status } from '../../src/state/status.ts';
import { tick } from '../../src/state/tick.ts';
import type { Now } from '../../src/state/time.ts';
import { Transaction } from '../../src/state/transaction.ts';

/** A moment on which every test starts. */
const START = Date.parse('2026-03-01T10:00:00.000Z');

/** A state with agents in it, driven as the coordinator drives it, on a clock that the test moves. */
export class Team {
  state: State = createState();
  readonly records: StateRecord[] = [];
  readonly now: Now = { wall: START, mono: 0 };
  readonly config: Config;
  #pids = 1000;

  constructor(config: Partial<Config> = {}) {
    this.config = { ...DEFAULT_CONFIG, ...config };
  }

  /** Decides one rule and keeps its record as the journal would. */
  run<A>(rule: (tx: Transaction) => A): A {
    const tx = new Transaction(this.state, { ...this.now }, this.config);
    const answer = rule(tx);
    tx.conclude();
    if (tx.events.length > 0) {
      const record = { n: this.state.record + 1, at: tx.now.wall, origin: 'test', events: tx.events };
      this.state.record = record.n;
      // As the journal would write it; what JSON loses must not matter.
      this.records.push(JSON.parse(JSON.stringify(record)) as StateRecord);
    }
    return answer;
  }

  worktrees(...branches: (string | WorktreeFact)[]): void {
    const list = branches.map((branch) =>
      typeof branch === 'string' ? { path: `/repo/${branch}`, branch, head: `${hex(branch)}0` } : branch,
    );
    this.run((tx) => sightWorktrees(tx, list, 'main'));
  }

  /** A session says hello; returns the id it was given. */
  hello(said: Partial<Hello>, dead: string[] = []): string {
    this.#pids += 1;
    const whole = helloSchema.parse({
      protocol: PROTOCOL_VERSION,
      kind: 'agent',
      session: `session-of-${said.branch ?? said.agent ?? said.role ?? 'somebody'}`,
      pid: this.#pids,
      ...said,
    });
    return this.run((tx) => hello(tx, whole, dead));
  }

  /** Agents on branches of these names, connected and working. */
  join(...branches: string[]): void {
    for (const branch of branches) {
      this.hello({ branch, worktree: `/repo/${branch}` });
      this.say(branch, { type: 'status', status: 'working' });
    }
  }

  supervise(): void {
    this.hello({ role: 'supervisor', worktree: '/repo/main', branch: 'main' });
  }

  /** Publishes as an agent; `call` makes it a call that can be retried. */
  say(
    agent: string,
    input: Record<string, unknown>,
    options: { call?: string; facts?: PublishFacts } = {},
  ): PublishAnswer {
    const parsed: PublishInput = publishSchema.parse(input);
    const targets: Target[] = ('files' in parsed ? (parsed.files ?? []) : []).map((file) => ({
      path: typeof file === 'string' ? file : file.path,
    }));
    return this.run((tx) =>
      changing(tx, { agent, session: `session-of-${agent}` }, options.call, () =>
        publish(tx, agent, parsed, { targets, facts: options.facts ?? {} }),
      ),
    );
  }

  poll(agent: string, request: Record<string, unknown> = {}, session = `session-of-${agent}`): PollAnswer {
    return this.run((tx) => poll(tx, agent, session, pollRequestSchema.parse(request)));
  }

  /** Polls and acknowledges, as a session that goes on does. */
  read(agent: string): PollAnswer['messages'] {
    const answer = this.poll(agent);
    const { batch } = answer;
    if (batch !== undefined) this.run((tx) => acknowledge(tx, `session-of-${agent}`, [batch]));
    return answer.messages;
  }

  leave(session: string, ended = true): void {
    this.run((tx) => disconnected(tx, session, ended));
  }

  helper(parent: string, name: string): string {
    return this.run((tx) => actingAs(tx, parent, name));
  }

  status(you: string, request: Record<string, unknown> = {}): ReturnType<typeof status> {
    return status(this.state, this.now, you, statusRequestSchema.parse(request), 0);
  }

  row(agent: string): ReturnType<typeof status>['agents'][number] | undefined {
    return this.status('human').agents.find((row) => row.agent_id === agent);
  }

  /** Lets seconds pass on both clocks, and their effect be seen. */
  pass(seconds: number): void {
    this.now.wall += seconds * 1000;
    this.now.mono += seconds * 1000;
    this.run(tick);
  }

  /** The state a coordinator would have after a restart. */
  restart(): void {
    this.state = fromSnapshot(JSON.parse(JSON.stringify(toSnapshot(this.state))) as Snapshot);
  }

  /** The state that a replay of all records gives, as a snapshot. */
  replayed(): Snapshot {
    const state = createState();
    for (const record of this.records) apply(state, record);
    return toSnapshot(state);
  }
}

function hex(text: string): string {
  return [...text].map((letter) => letter.charCodeAt(0).toString(16)).join('');
}
