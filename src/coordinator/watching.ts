import type { Logger } from 'pino';
import { renew } from '../state/claims/leases.ts';
import { resolveWorktree } from '../state/roster/identity.ts';
import { sightWorktrees } from '../state/roster/worktrees.ts';
import { sawFiles, sawMove, sawUnmerged, takeTipsForKnown } from '../state/supervision/sightings.ts';
import type { KnownTip } from '../watch/facts.ts';
import { type ReportedFact, startWatcher, type Watcher } from '../watch/watcher.ts';
import type { Engine } from './engine.ts';

/**
 * Has the worktrees watched, and decides what follows from each fact. Facts are taken in the order in which
 * they were seen; one that cannot be taken in is logged, and the next look tells it again.
 */
export async function startWatching(options: {
  engine: Engine;
  commonDir: string;
  env: NodeJS.ProcessEnv;
  log: Logger;
}): Promise<Watcher> {
  const { engine, commonDir, env, log } = options;
  await engine.decide(takeTipsForKnown);
  return startWatcher({
    commonDir,
    base: engine.state.base,
    known: knownTips(engine),
    env,
    onFact: (fact) => {
      takeIn(engine, fact, log).catch((error: unknown) => log.error({ err: error, fact: fact.kind }, 'watch'));
    },
    onProblem: (problem) => log.warn(problem, 'watch'),
  });
}

async function takeIn(engine: Engine, fact: ReportedFact, log: Logger): Promise<void> {
  switch (fact.kind) {
    case 'worktrees':
      return engine.decide((tx) => sightWorktrees(tx, fact.worktrees, tx.state.base));
    case 'changed':
      return engine.decide((tx) => sawFiles(tx, fact));
    case 'touched':
      return engine.decide((tx) => {
        const agent = resolveWorktree(tx.state, fact.worktree);
        if (agent) renew(tx.state, tx.now, agent.id, fact.files);
      });
    case 'moved':
      return engine.decide((tx) => sawMove(tx, fact));
    case 'branchFiles':
      return engine.decide((tx) => sawUnmerged(tx, fact));
    case 'mode':
      return engine.decide(({ state }) => {
        if (fact.how === 'events') state.volatile.polled.delete(fact.worktree);
        else state.volatile.polled.set(fact.worktree, fact.why ?? 'watching failed');
      });
    case 'problem':
      log.warn({ worktree: fact.worktree }, fact.message);
      return;
  }
}

/** The tips that were announced, so that a restart neither misses nor repeats a commit. */
function knownTips(engine: Engine): KnownTip[] {
  return [...engine.state.agents.values()].flatMap(({ worktree, branch, announced }) =>
    worktree === undefined || announced === undefined
      ? []
      : [{ worktree, tip: announced, ...(branch === undefined ? {} : { branch }) }],
  );
}
