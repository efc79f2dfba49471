/** The steps of the scenario, in their order. `register` is from the start of a server to an agent known to the others. */
export const STEPS = ['register', 'claim', 'send', 'receive', 'release'] as const;
export type Step = (typeof STEPS)[number];

/** One agent as its server sees it. A step that the server has no tool for is absent. */
export interface PeerAgent {
  claim?(path: string): Promise<void>;
  send(to: string, text: string): Promise<void>;
  /** The texts of the mail that is new; of all mail that is kept, where nothing tells new from old. */
  receive(): Promise<string[]>;
  release?(path: string): Promise<void>;
  /** Ends the connection, and the server with it where each agent has one of its own. */
  close(): Promise<void>;
}

/** Connects one more agent and makes it known. */
export type Join = (agent: string) => Promise<PeerAgent>;

/** Where a peer runs. */
export interface Place {
  /** The folder it is installed in: `node_modules` is below it. */
  installed: string;
  /** Its working folder, with nothing else in it. */
  work: string;
  /** The whole environment; home and temporary folder are the sandbox's. */
  env: Record<string, string>;
  defer(close: () => Promise<void>): void;
}

/** A package of npm that coordinates agents through MCP. */
export interface Peer {
  name: string;
  /** The exact version that the steps were written for. */
  version: string;
  /** Packages among its dependencies whose install scripts have to run, because they are compiled. */
  addons?: readonly string[];
  /** How it is reached, and what is on disk when a call returns: what the figures have to be read with. */
  keeps: string;
  /** Prepares it, and starts what all agents share. */
  open(place: Place): Promise<Join>;
}
