import type { MessageOf, StoredMessage, StoredType } from '../protocol/messages.ts';
import { applyEvent } from './apply.ts';
import type { Config } from './config.ts';
import { Findings } from './learnings/found-learnings.ts';
import type { StateEvent } from './records.ts';
import type { State } from './state.ts';
import { iso, type Now } from './time.ts';

/** What a rule says when it sends a message; the number and the time are added here. */
export interface Outgoing<T extends StoredType> {
  type: T;
  from: string;
  payload: MessageOf<T>['payload'];
  /** The mailboxes it goes to, already resolved. */
  to: string[];
  re?: number;
  urgent?: boolean;
}

/**
 * One decision in the making. A rule checks first and may refuse by throwing a `PawError`; then it emits
 * events. Each event is applied as it is emitted, by the same code that replays the journal, so the next
 * rule in the same decision sees it. A refusal after the first event is a defect: the engine then discards
 * the state and rebuilds it from disk.
 */
export class Transaction {
  readonly events: StateEvent[] = [];
  readonly #findings = new Findings();

  constructor(
    readonly state: State,
    readonly now: Now,
    readonly config: Config,
  ) {}

  emit(event: StateEvent): void {
    this.#findings.note(this.state, event);
    applyEvent(this.state, event, this.now.wall);
    this.events.push(event);
  }

  /** Adds what the decision teaches, once its rule has run. */
  conclude(): void {
    this.#findings.keep(this);
  }

  /** Stores a message and puts it into its mailboxes. Returns its number. */
  send<T extends StoredType>(outgoing: Outgoing<T>): number {
    const seq = this.state.seq + 1;
    const message = {
      seq,
      at: iso(this.now.wall),
      type: outgoing.type,
      agent_id: outgoing.from,
      payload: outgoing.payload,
      to: [...new Set(outgoing.to)].sort(),
      ...(outgoing.re === undefined ? {} : { re: outgoing.re }),
      ...(outgoing.urgent ? { urgent: true } : {}),
      // The three fields that vary together (type, payload) are typed by the signature.
    } as StoredMessage;
    this.emit({ kind: 'message', message });
    return seq;
  }
}
