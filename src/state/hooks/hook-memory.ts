/** What the rules of hooks know beyond the journal; volatile. */
export interface HookMemory {
  /** The client's own id of its session, by the session of the link that named it. */
  clientSessions: Map<string, string>;
  /** What is known of each client session whose hooks have been heard, by its id. */
  heard: Map<string, HeardSession>;
  /** Batches whose hook has not said yet that it handed them on, and is still connected. */
  inFlight: Set<number>;
}

export interface HeardSession {
  /** When a hook of it came last, on the monotonic clock. */
  at: number;
  /** Messages that were put before it: it is never shown them again. */
  shown: Set<number>;
  /** The newest message it was only told the number of, among all and among the urgent ones. */
  counted: { all: number; urgent: number };
}

export function createHookMemory(): HookMemory {
  return { clientSessions: new Map(), heard: new Map(), inFlight: new Set() };
}

/** What is known of a client session; from now on, if nothing was. */
export function heardSession({ heard }: HookMemory, client: string, mono: number): HeardSession {
  let session = heard.get(client);
  if (!session) {
    session = { at: mono, shown: new Set(), counted: { all: 0, urgent: 0 } };
    heard.set(client, session);
  }
  return session;
}
