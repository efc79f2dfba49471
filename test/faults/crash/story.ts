import type { Call, Grant, History, LogMessage, Mode } from './history.ts';

/** A history of the agents a, b and c that is written down call by call, one after the other. */
export class Story {
  readonly history: History = { agents: ['a', 'b', 'c'], calls: [], log: [], held: [] };
  #now = 0;

  /** Lets so many milliseconds pass before the next call; with a negative number it begins before the last one ends. */
  pass(ms: number): this {
    this.#now += ms;
    return this;
  }

  /** A message that is acknowledged, and in the log. */
  publishes(agent: string, text: string, seq: number, to: string[] = ['b']): this {
    return this.logged({ seq, from: agent, to, text }).isTold(agent, text, seq);
  }

  /** A message that is acknowledged, and nothing else. */
  isTold(agent: string, text: string, seq: number): this {
    return this.#call({ kind: 'publish', agent, text, seq });
  }

  /** Messages as they are in the log when they are handed out. */
  polls(agent: string, seqs: number[], rest: { cursor?: number; missed?: number } = {}): this {
    const messages = seqs.map((seq) => {
      const { from = 'nobody', text } = this.history.log.find((message) => message.seq === seq) ?? {};
      return { seq, from, text };
    });
    return this.#call({ kind: 'poll', agent, messages, cursor: Math.max(0, ...seqs), missed: 0, ...rest });
  }

  claims(agent: string, claims: Grant[], mode: Mode = 'exclusive'): this {
    return this.#call({ kind: 'claim', agent, mode, claims });
  }

  releases(agent: string, ...released: string[]): this {
    return this.#call({ kind: 'release', agent, released });
  }

  fails(agent: string, call: string, error: string): this {
    return this.#call({ kind: 'failed', agent, call, error });
  }

  logged(...messages: LogMessage[]): this {
    this.history.log.push(...messages);
    return this;
  }

  endsWith(holder: string, thing: string, fence: number): this {
    this.history.held.push({ holder, thing, fence });
    return this;
  }

  #call(call: WithoutTimes<Call>): this {
    this.history.calls.push({ ...call, sent: this.#now, answered: this.#now + 1 });
    this.#now += 2;
    return this;
  }
}

type WithoutTimes<C> = C extends unknown ? Omit<C, 'sent' | 'answered'> : never;
