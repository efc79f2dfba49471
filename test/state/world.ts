import type { ClaimRequest, ReleaseRequest } from '../../src/protocol/requests.ts';
import { claimRequestSchema, releaseRequestSchema } from '../../src/protocol/requests.ts';
import type { Region, Target } from '../../src/protocol/targets.ts';
import { apply } from '../../src/state/apply.ts';
import { nextClaimDeadline, tickClaims } from '../../src/state/claims/leases.ts';
import { type Config, DEFAULT_CONFIG } from '../../src/state/config.ts';
import type { StateRecord } from '../../src/state/records.ts';
import type { Agent } from '../../src/state/roster/roster.ts';
import { createState, fromSnapshot, type Snapshot, type State, toSnapshot } from '../../src/state/state.ts';
import { SECOND_MS } from '../../src/state/time.ts';
import { Transaction } from '../../src/state/transaction.ts';

/** A state with its clocks and its journal, driven by hand. */
export class World {
  state: State = createState();
  config: Config = structuredClone(DEFAULT_CONFIG);
  wall = Date.UTC(2026, 0, 1);
  mono = 5_000;
  /** Every record so far, as the journal has it. */
  readonly journal: string[] = [];

  /** @param agents ids of known agents, each in a worktree of its own. */
  constructor(agents: readonly string[] = []) {
    for (const id of agents) this.know(id, { worktree: `/w/${id}` });
  }

  know(id: string, set: Partial<Omit<Agent, 'id'>> = {}): void {
    this.run((tx) => tx.emit({ kind: 'agent', id, set: { origin: 'branch', met: true, ...set } }));
  }

  /** One decision: what `decide` emits becomes one record. Nothing is recorded if it emits nothing or throws. */
  run<T>(decide: (tx: Transaction) => T): T {
    const tx = new Transaction(this.state, { wall: this.wall, mono: this.mono }, this.config);
    const result = decide(tx);
    if (tx.events.length === 0) return result;
    const record: StateRecord = { n: this.state.record + 1, at: this.wall, origin: 'test', events: tx.events };
    this.state.record = record.n;
    this.journal.push(JSON.stringify(record));
    return result;
  }

  /** Lets time pass on both clocks. */
  pass(seconds: number): void {
    this.wall += seconds * SECOND_MS;
    this.mono += seconds * SECOND_MS;
  }

  /** Lets time pass as the clock does: with a tick whenever something is due, and one at the end. */
  advance(seconds: number): void {
    const end = this.mono + seconds * SECOND_MS;
    for (;;) {
      this.run(tickClaims);
      const due = nextClaimDeadline(this.state, { wall: this.wall, mono: this.mono });
      if (this.mono >= end) return;
      this.pass((Math.min(end, Math.max(due ?? end, this.mono + 1)) - this.mono) / SECOND_MS);
    }
  }

  /** The state as it is after reading snapshot and journal again: nothing volatile is left. */
  restart(): void {
    const read: unknown = JSON.parse(JSON.stringify(toSnapshot(this.state)));
    this.state = fromSnapshot(read as Snapshot);
    // The monotonic clock of another process begins anywhere.
    this.mono = 1_000;
  }

  /** The state that the journal alone gives. */
  replayed(): State {
    const state = createState();
    for (const line of this.journal) apply(state, JSON.parse(line) as StateRecord);
    return state;
  }

  /** Payloads of the messages of one type in a mailbox, oldest first. */
  mail(agent: string, type: string): { payload: Record<string, unknown>; urgent: boolean }[] {
    return [...this.state.messages.values()]
      .filter((message) => message.type === type && message.to.includes(agent))
      .map((message) => ({ payload: { ...message.payload }, urgent: message.urgent === true }));
  }
}

/** A target as the agent side makes it of plain text: with `*`, `?` or `{` it is a glob. */
export function target(path: string, region?: Region): Target {
  return { path, ...(/[*?{]/.test(path) ? { glob: path } : {}), ...(region ? { region } : {}) };
}

export function claimRequest(paths: readonly (string | Target)[], rest: Partial<ClaimRequest> = {}): ClaimRequest {
  const targets = paths.map((path) => (typeof path === 'string' ? target(path) : path));
  return claimRequestSchema.parse({ targets, ...rest });
}

export function releaseRequest(rest: Partial<ReleaseRequest>): ReleaseRequest {
  return releaseRequestSchema.parse(rest);
}
