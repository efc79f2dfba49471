/**
 * What clients were told during a run: nothing else is known to the checker. Times are in milliseconds on a clock
 * that all processes of the machine share.
 */
export interface History {
  /** The agents that took part. */
  agents: string[];
  /** Each agent's calls are in the order in which it made them. */
  calls: Call[];
  /** The log as it was read during the run, page by page, and at the end. */
  log: LogMessage[];
  /** Everything that is held at the end. */
  held: Holding[];
}

export type Call = Published | Polled | Claimed | Released | Failed;

/** A call of an agent that was answered. */
interface Answered {
  agent: string;
  /** When it was made. */
  sent: number;
  /** When its answer was there. */
  answered: number;
}

export interface Published extends Answered {
  kind: 'publish';
  /** Unlike that of every other message. */
  text: string;
  seq: number;
}

export interface Polled extends Answered {
  kind: 'poll';
  messages: { seq: number; from: string; text: string | undefined }[];
  cursor: number;
  missed: number;
}

export interface Claimed extends Answered {
  kind: 'claim';
  mode: Mode;
  /** The granted things with their fences; empty if the claim was refused. */
  claims: Grant[];
}

export interface Released extends Answered {
  kind: 'release';
  /** What the answer says was released. All of the agent's claims were asked for. */
  released: string[];
}

/** A call that ended with an error. */
export interface Failed extends Answered {
  kind: 'failed';
  call: string;
  error: string;
}

export type Mode = 'exclusive' | 'shared';

/** A path as it is shown; a name is written `name:build`. */
export interface Grant {
  thing: string;
  fence: number;
}

export interface Holding extends Grant {
  holder: string;
}

export interface LogMessage {
  seq: number;
  from: string;
  to: string[];
  text: string | undefined;
}
