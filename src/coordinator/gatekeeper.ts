import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { GateSettings } from '../config/schema.ts';
import { toPawError } from '../errors/paw-error.ts';
import type { StateLayout } from '../repository/layout.ts';
import { gateEnded, gateSkipped, isPending } from '../state/supervision/gates.ts';
import { type Gate, type GateOutcome, openGate } from '../supervisor/gate.ts';
import type { Engine } from './engine.ts';

/** What the coordinator does by itself about commits. */
export interface Supervision {
  /** Ends the gate that runs; resolves when none of its processes is left. */
  close(): Promise<void>;
}

/** How long to wait after something failed that has nothing to do with a commit, in milliseconds. */
const RETRY_MS = 5000;

/**
 * Runs the verification gate at each commit that waits for one, one at a time. It is ended when a newer commit takes
 * the place of the one it is at, and by `signal`; then that commit waits for the next coordinator.
 */
export function startSupervision(options: {
  engine: Engine;
  /** The gate in force; undefined if there is none. */
  settings: () => GateSettings | undefined;
  commonDir: string;
  layout: StateLayout;
  env: NodeJS.ProcessEnv;
  log: Logger;
  signal: AbortSignal;
}): Supervision {
  const { engine, settings, commonDir, layout, env, log, signal } = options;
  const gate = openGate({ commonDir, stateDir: layout.folder, env });
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();

  const work = async (): Promise<void> => {
    await tidy(gate, log);
    for (;;) {
      const next = await nextPending(engine, stopping.signal);
      if (!next) return;
      try {
        await judge({ engine, gate, settings: settings(), log, stop: stopping.signal }, next);
      } catch (error) {
        if (stopping.signal.aborted) return;
        log.error({ err: error, ...next }, 'gate');
        await sleep(RETRY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  };
  const ended = work().finally(() => signal.removeEventListener('abort', stop));

  return {
    async close() {
      stop();
      await ended;
    },
  };
}

interface Pending {
  agent: string;
  commit: string;
}

interface Desk {
  engine: Engine;
  gate: Gate;
  settings: GateSettings | undefined;
  log: Logger;
  stop: AbortSignal;
}

/** Ends what the gate of a coordinator that was killed has left running. */
async function tidy(gate: Gate, log: Logger): Promise<void> {
  try {
    const { found, left } = await gate.endLeftover();
    if (left.length > 0) log.error({ pids: left }, 'processes of an earlier gate could not be ended');
    else if (found) log.warn('an earlier gate was still running and was ended');
  } catch (error) {
    log.error({ err: error }, 'an earlier gate');
  }
}

/** The first commit that waits, as soon as there is one; undefined when it is time to stop. */
async function nextPending(engine: Engine, stop: AbortSignal): Promise<Pending | undefined> {
  while (!stop.aborted) {
    for (const [agent, { commit }] of engine.state.gates) return { agent, commit };
    await changed(engine, () => engine.state.gates.size > 0, stop);
  }
  return undefined;
}

/** Has one commit judged, and decides what follows; nothing, if another commit has taken its place meanwhile. */
async function judge(desk: Desk, pending: Pending): Promise<void> {
  const { agent, commit } = pending;
  const outcome = desk.settings && (await outcomeOf(desk, desk.settings, pending));
  if (desk.stop.aborted) return;
  await desk.engine.decide((tx) => {
    if (outcome && 'passed' in outcome) gateEnded(tx, agent, commit, outcome);
    else gateSkipped(tx, agent, commit, outcome?.problem);
  });
}

/** What the command found, or why it could not be run. */
async function outcomeOf(
  { engine, gate, log, stop }: Desk,
  { command, timeoutSeconds }: GateSettings,
  { agent, commit }: Pending,
): Promise<GateOutcome | { problem: string }> {
  const branch = engine.state.agents.get(agent)?.branch;
  const began = performance.now();
  const run = new AbortController();
  const settled = new AbortController();
  const over = AbortSignal.any([stop, settled.signal]);
  void changed(engine, () => !isPending(engine.state, agent, commit), over).then(() => run.abort());
  try {
    const outcome = await gate.run({ commit, branch, command, timeoutSeconds, signal: run.signal });
    const { passed, how } = outcome;
    log.info({ agent, commit, passed, how, ms: Math.round(performance.now() - began) }, 'gate');
    return outcome;
  } catch (error) {
    const isReplaced = run.signal.aborted && error === run.signal.reason;
    if (isReplaced) log.info({ agent, commit }, 'the gate was ended early');
    else log.error({ agent, commit, err: error }, 'the gate could not be run');
    return { problem: toPawError(error).message };
  } finally {
    settled.abort();
  }
}

/** Resolves when something holds after a record, or at `signal`. */
function changed(engine: Engine, holds: () => boolean, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const check = (): void => {
      if (!signal.aborted && !holds()) return;
      stopListening();
      signal.removeEventListener('abort', check);
      resolve();
    };
    const stopListening = engine.onRecord(check);
    signal.addEventListener('abort', check);
    check();
  });
}
