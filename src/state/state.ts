import type { StoredMessage } from '../protocol/messages.ts';
import { type Claim, type Conflict, createLeases, type Intent, type Leases, type Wait } from './claims/claim-events.ts';
import type { ItemWait } from './claims/item-waits.ts';
import { createHookMemory, type HookMemory } from './hooks/hook-memory.ts';
import type { Learning } from './learnings/learning-events.ts';
import { type Delivery, type Inbox, owedOf } from './messages/inbox.ts';
import type { Opening } from './messages/openings.ts';
import type { Swept } from './messages/swept.ts';
import type { KeptResult } from './results.ts';
import type { Agent, Presence, Session } from './roster/roster.ts';
import type { PendingGate } from './supervision/gates.ts';
import type { Nudge } from './supervision/nudges.ts';
import type { WorkItem } from './work/items.ts';

/**
 * All a coordinator knows. Everything but `volatile` is the product of the records applied so far, and equal
 * after a replay of them. Maps keep insertion order, which the rules rely on where a comment says so.
 */
export interface State {
  /** Number of the last record applied. */
  record: number;
  /** Number of the last message stored. */
  seq: number;
  /** Number of the last grant. */
  fence: number;
  /** The base branch; empty until the repository has been looked at. */
  base: string;
  /** The base branch where none is configured; empty until it was asked for. */
  ownBase: string;
  /** Messages kept, by number, ascending. */
  messages: Map<number, StoredMessage>;
  /** UTF-8 bytes of the messages kept. */
  messageBytes: number;
  /** Everybody known, by id. */
  agents: Map<string, Agent>;
  /** Which session speaks for which agent, by session id. */
  sessions: Map<string, Session>;
  /** Mailboxes, by agent id. */
  inboxes: Map<string, Inbox>;
  /** Questions and blocks without an answer, by the number of their message, ascending. */
  openings: Map<number, Opening>;
  /** Live claims, by id. */
  claims: Map<string, Claim>;
  /** Requests that wait for claims, by id, in the order in which they came. */
  waits: Map<string, Wait>;
  /** Live intents, by agent: one each. */
  intents: Map<string, Intent>;
  /** Open conflicts, by id. */
  conflicts: Map<string, Conflict>;
  /** The newest request to verify each agent's work, by agent. */
  nudges: Map<string, Nudge>;
  /** The commit of each agent that waits for the verification gate, by agent, in the order in which they are judged. */
  gates: Map<string, PendingGate>;
  /** Why agents are paused, by agent; `all` stands for everybody. */
  pauses: Map<string, string>;
  /** Everything learned, by id, in the order in which it was first recorded. */
  learnings: Map<string, Learning>;
  /** How many learnings were ever recorded. */
  learned: number;
  /** Ids of the learnings that `.paw/learnings.md` does not hold as they are now. */
  unfiled: Set<string>;
  /** How often each path was waited for. */
  contention: Map<string, number>;
  /** Work items by id, oldest first. */
  items: Map<string, WorkItem>;
  /** How many work items were ever added. */
  itemsAdded: number;
  /** Answers kept for retries, by agent and then by session and call, oldest first. */
  results: Map<string, Map<string, KeptResult>>;
  volatile: Volatile;
}

/** What holds only while this process runs: it is neither journaled nor compared. */
export interface Volatile {
  presence: Map<string, Presence>;
  /** How far retention has looked through the log. */
  swept: Swept | undefined;
  leases: Leases;
  /** Calls that wait for a work item. */
  itemWaits: Set<ItemWait>;
  hooks: HookMemory;
  /** Worktrees that are looked at now and then because watching them failed, and why. */
  polled: Map<string, string>;
  /** Learnings that a session was handed with what it claimed, by session. */
  handed: Map<string, Set<string>>;
  /** When each stall was last told, on the monotonic clock, by agent and shape. */
  stalls: Map<string, number>;
}

export function createState(): State {
  return {
    record: 0,
    seq: 0,
    fence: 0,
    base: '',
    ownBase: '',
    messages: new Map(),
    messageBytes: 0,
    agents: new Map(),
    sessions: new Map(),
    inboxes: new Map(),
    openings: new Map(),
    claims: new Map(),
    waits: new Map(),
    intents: new Map(),
    conflicts: new Map(),
    nudges: new Map(),
    gates: new Map(),
    pauses: new Map(),
    learnings: new Map(),
    learned: 0,
    unfiled: new Set(),
    contention: new Map(),
    items: new Map(),
    itemsAdded: 0,
    results: new Map(),
    volatile: createVolatile(),
  };
}

export function createVolatile(): Volatile {
  return {
    presence: new Map(),
    swept: undefined,
    leases: createLeases(),
    itemWaits: new Set(),
    hooks: createHookMemory(),
    polled: new Map(),
    handed: new Map(),
    stalls: new Map(),
  };
}

/** A state as JSON: what is volatile left out, maps as lists of entries. */
export interface Snapshot
  extends Pick<State, 'record' | 'seq' | 'fence' | 'base' | 'ownBase' | 'messageBytes' | 'learned' | 'itemsAdded'> {
  messages: [number, StoredMessage][];
  agents: [string, Agent][];
  sessions: [string, Session][];
  inboxes: [string, PackedInbox][];
  openings: [number, Opening][];
  claims: [string, Claim][];
  waits: [string, Wait][];
  intents: [string, Intent][];
  conflicts: [string, Conflict][];
  nudges: [string, Nudge][];
  gates: [string, PendingGate][];
  pauses: [string, string][];
  learnings: [string, Learning][];
  unfiled: string[];
  contention: [string, number][];
  items: [string, WorkItem][];
  results: [string, [string, KeptResult][]][];
}

type PackedInbox = Omit<Inbox, 'delivered' | 'owed'> & { delivered: [number, Delivery][] };

/** The JSON form of a state. It shares the state's objects: write it out before the state changes. */
export function toSnapshot(state: State): Snapshot {
  return {
    record: state.record,
    seq: state.seq,
    fence: state.fence,
    base: state.base,
    ownBase: state.ownBase,
    messageBytes: state.messageBytes,
    messages: [...state.messages],
    agents: [...state.agents],
    sessions: [...state.sessions],
    inboxes: [...state.inboxes].map(([id, { owed: _, delivered, ...inbox }]) => [
      id,
      { ...inbox, delivered: [...delivered] },
    ]),
    openings: [...state.openings],
    claims: [...state.claims],
    waits: [...state.waits],
    intents: [...state.intents],
    conflicts: [...state.conflicts],
    nudges: [...state.nudges],
    gates: [...state.gates],
    pauses: [...state.pauses],
    learnings: [...state.learnings],
    learned: state.learned,
    unfiled: [...state.unfiled],
    contention: [...state.contention],
    items: [...state.items],
    itemsAdded: state.itemsAdded,
    results: [...state.results].map(([id, kept]) => [id, [...kept]]),
  };
}

/** The state a snapshot was made of, with nothing volatile. It takes over the snapshot's objects. */
export function fromSnapshot(snapshot: Snapshot): State {
  const messages = new Map(snapshot.messages);
  return {
    record: snapshot.record,
    seq: snapshot.seq,
    fence: snapshot.fence,
    base: snapshot.base,
    ownBase: snapshot.ownBase,
    messageBytes: snapshot.messageBytes,
    messages,
    agents: new Map(snapshot.agents),
    sessions: new Map(snapshot.sessions),
    inboxes: new Map(snapshot.inboxes.map(([id, inbox]) => [id, unpacked(messages, inbox)])),
    openings: new Map(snapshot.openings),
    claims: new Map(snapshot.claims),
    waits: new Map(snapshot.waits),
    intents: new Map(snapshot.intents),
    conflicts: new Map(snapshot.conflicts),
    nudges: new Map(snapshot.nudges),
    gates: new Map(snapshot.gates),
    pauses: new Map(snapshot.pauses),
    learnings: new Map(snapshot.learnings),
    learned: snapshot.learned,
    unfiled: new Set(snapshot.unfiled),
    contention: new Map(snapshot.contention),
    items: new Map(snapshot.items),
    itemsAdded: snapshot.itemsAdded,
    results: new Map(snapshot.results.map(([id, kept]) => [id, new Map(kept)])),
    volatile: createVolatile(),
  };
}

function unpacked(messages: State['messages'], { delivered, ...inbox }: PackedInbox): Inbox {
  const rest = { ...inbox, delivered: new Map(delivered) };
  return { ...rest, owed: owedOf(messages, rest) };
}
