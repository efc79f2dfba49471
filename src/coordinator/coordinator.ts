import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';
import { serve } from '../link/serve.ts';
import { STOPPING } from '../link/session.ts';
import { VERSION } from '../protocol/version.ts';
import { type Office, ownIdentity, readHighest, takeOffice } from '../repository/election.ts';
import type { StateLayout } from '../repository/layout.ts';
import { socketPath, tidySockets } from '../repository/socket-folder.ts';
import { removeStaleSocket } from '../repository/stale-socket.ts';
import type { Watcher } from '../watch/watcher.ts';
import { startClock } from './clock.ts';
import { openConfiguration } from './configuration.ts';
import type { Desk } from './desk.ts';
import { Followers } from './followers.ts';
import { startSupervision } from './gatekeeper.ts';
import { LearningsFile } from './learnings-file.ts';
import { Life } from './life.ts';
import { openState } from './open-state.ts';
import { attend } from './peers.ts';
import { RepositoryFacts } from './repository-facts.ts';
import { warmSearch } from './warm-search.ts';
import { startWatching } from './watching.ts';

/** How often the coordinator looks whether it can still be found, in milliseconds. */
const PLACE_CHECK_MS = 2000;
/** How long the last answers may take when the coordinator stops, in milliseconds. */
const LAST_ANSWERS_MS = 1000;

export interface CoordinatorOptions {
  /** The git common directory, absolute and without links. */
  commonDir: string;
  layout: StateLayout;
  /** Stay until `stop`, also when nobody is connected. */
  keep: boolean;
  log: Logger;
  env: NodeJS.ProcessEnv;
}

/** A coordinator that serves. */
export interface Running {
  /** Ends it in order. More calls change nothing. */
  stop(): void;
  /** Resolves when everything has ended. */
  ended: Promise<void>;
}

/**
 * Starts the repository's one coordinator: office → configuration → state → worktrees → clock → link → watching.
 *
 * It stops in this order: no new calls → waiting calls are answered → last learnings → state → office → link. A
 * request that comes too late is not answered; its connection ends, and the client makes it again with the next
 * coordinator.
 *
 * @throws PawError if another coordinator is in office, the state cannot be read, or the socket's place is taken
 */
export async function startCoordinator(options: CoordinatorOptions): Promise<Running> {
  const { commonDir, layout, log, env } = options;
  const closing = new AbortController();
  const { signal } = closing;
  const office = await takeOffice(layout.folder, (n) => ({
    ...ownIdentity(),
    socket: socketPath(commonDir, n),
    version: VERSION,
  }));
  const path = socketPath(commonDir, office.n);
  /** What to close, in reverse. */
  const closers: (() => Promise<void> | void)[] = [
    () => (readHighest(layout.folder)?.n === office.n ? office.resign() : undefined),
  ];
  const close = async (): Promise<void> => {
    for (const closer of closers.reverse()) {
      try {
        await closer();
      } catch (error) {
        log.error({ err: error }, 'while stopping');
      }
    }
  };

  try {
    await removeStaleSocket(path, { signal });
    office.tidy();
    tidySockets(path);
    const configuration = await openConfiguration({ commonDir, env, log, signal });
    const { engine, close: closeState } = openState({
      layout,
      term: office.n,
      config: configuration.settings.state,
      log,
    });
    closers.push(closeState);
    const learnings = new LearningsFile({
      engine,
      commonDir,
      root: configuration.root,
      settings: () => configuration.settings.learnings,
      log,
    });
    closers.push(() => (isInPlace(office, layout, path) ? learnings.close() : learnings.abandon()));
    const repository = new RepositoryFacts({
      commonDir,
      engine,
      env,
      signal,
      configuredBase: () => configuration.settings.base,
    });
    await repository.refresh();
    closers.push(startClock(engine, (error) => log.error({ err: error }, 'clock')));

    let watcher: Watcher | undefined;
    const desk: Desk = {
      engine,
      repository,
      startedAt: performance.now(),
      closing: signal,
      followers: new Followers(engine),
      underWay: new Set(),
      look: async (worktree) => watcher?.look(worktree),
    };
    const life = new Life({ keep: options.keep, idleSeconds: () => configuration.settings.idleExitSeconds });
    const server = await serve({
      path,
      onPeer(peer) {
        life.met(peer);
        attend(peer, desk, life);
      },
      onError: (error) => log.warn({ err: error }, 'link'),
    });
    log.info({ office: office.n, socket: path, version: VERSION }, 'started');
    warmSearch(engine, signal);
    // Agents wait for the link, nobody waits for the first look at their files.
    watcher = await startWatching({ engine, commonDir, env, log });
    closers.push(() => watcher?.close());
    const gate = () => configuration.settings.gate;
    const supervision = startSupervision({ engine, settings: gate, commonDir, layout, env, log, signal });
    closers.push(() => supervision.close());
    configuration.onChange = (settings) => {
      engine.config = settings.state;
      learnings.reconfigure();
      repository
        .refresh()
        .then(() => watcher?.setBase(engine.state.base))
        .catch((error: unknown) => log.warn({ err: error }, 'worktrees'));
    };
    const placeCheck = setInterval(() => {
      if (!isInPlace(office, layout, path)) life.stop();
    }, PLACE_CHECK_MS);

    const ended = life.stopped.then(async () => {
      clearInterval(placeCheck);
      for (const peer of life.peers) peer.notify(STOPPING, {});
      closing.abort();
      await answered(desk);
      await close();
      await server.close();
      log.info('stopped');
    });
    return { stop: () => life.stop(), ended };
  } catch (error) {
    closing.abort();
    await close();
    throw error;
  }
}

/** Whether clients can find this coordinator: its repository, its office and its socket are where they were. */
function isInPlace(office: Office, layout: StateLayout, socket: string): boolean {
  const isThere = process.platform === 'win32' || existsSync(socket);
  return isThere && readHighest(layout.folder)?.n === office.n;
}

/** Waits until the calls under way are answered; a call that hangs does not hold up the end. */
async function answered(desk: Desk): Promise<void> {
  const late = new AbortController();
  await Promise.race([
    Promise.allSettled(desk.underWay),
    wait(LAST_ANSWERS_MS, undefined, { signal: late.signal }).catch(() => undefined),
  ]);
  late.abort();
}
