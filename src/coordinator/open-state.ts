import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { StateLayout } from '../repository/layout.ts';
import type { Config } from '../state/config.ts';
import type { StateRecord } from '../state/records.ts';
import { restarted } from '../state/roster/sessions.ts';
import { Journal } from '../storage/journal.ts';
import { load } from '../storage/load.ts';
import { SnapshotKeeper } from '../storage/snapshot-keeper.ts';
import { stateRules } from '../storage/state-rules.ts';
import { Engine } from './engine.ts';

/** The state with everything that keeps it: read from disk, journaled from now on, folded into snapshots. */
export interface OpenState {
  engine: Engine;
  /** Writes what is pending, and ends a snapshot that is being made. */
  close(): Promise<void>;
}

/** @throws PawError `storage` if the state cannot be read as a whole */
export function openState(options: { layout: StateLayout; term: number; config: Config; log: Logger }): OpenState {
  const { layout, term, config, log } = options;
  const { state, last, sinceSnapshot, damaged } = load(layout.folder, stateRules);
  for (const damage of damaged) log.error(damage, 'a damaged part of the state was set aside');
  const journal = new Journal<StateRecord>({
    folder: layout.journal,
    term,
    last,
    onFailure: (error) => log.error({ err: error }, 'journal'),
  });
  const keeper = new SnapshotKeeper({
    stateDir: layout.folder,
    journal,
    sinceSnapshot,
    onFailure: (error) => log.error({ err: error }, 'snapshot'),
  });
  const engine = new Engine({
    state,
    journal,
    config,
    origin: hostname(),
    reload: (through) => load(layout.folder, stateRules, { through }).state,
    onError: (error) => log.error({ err: error }, 'defect'),
  });
  restarted(state, engine.now());
  return {
    engine,
    async close() {
      await keeper.close();
      await journal.close();
    },
  };
}
