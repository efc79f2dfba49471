import { toPawError } from '../errors/paw-error.ts';
import { clearStartFailure, writeStartFailure } from '../link/start-failure.ts';
import { createStateFolder, stateFolder } from '../repository/layout.ts';
import { startCoordinator } from './coordinator.ts';
import { openLog } from './log-file.ts';

export interface ServeOptions {
  /** The git common directory, absolute and without links. */
  commonDir: string;
  /** Stay until `stop`, also when nobody is connected. */
  keep: boolean;
}

/**
 * Runs the repository's coordinator until it is stopped, or nobody has needed it for a while; the process ends
 * then. If another one is in office, or the state cannot be read, the reason is left for whoever started this.
 */
export async function runCoordinator({ commonDir, keep }: ServeOptions): Promise<void> {
  // A coordinator serves all worktrees; none of them may be kept busy by being its working folder.
  process.chdir(commonDir);
  const stateDir = stateFolder(commonDir);
  try {
    const layout = createStateFolder(stateDir);
    const log = openLog(layout.log);
    const coordinator = await startCoordinator({ commonDir, layout, keep, log, env: process.env });
    clearStartFailure(stateDir);
    const stop = (): void => coordinator.stop();
    process.once('SIGTERM', stop);
    // A terminal sends it to everything that was started in it; whoever wants the coordinator to end says stop.
    process.on('SIGINT', () => undefined);
    process.on('uncaughtException', (error) => log.error({ err: error }, 'defect'));
    process.on('unhandledRejection', (error) => log.error({ err: error }, 'defect'));
    await coordinator.ended;
    process.exit(0);
  } catch (error) {
    const { code, message } = toPawError(error);
    // Who lost the election to another one has not failed: whoever started it finds the winner.
    if (code !== 'refused') writeStartFailure(stateDir, message);
    console.error(message);
    process.exit(1);
  }
}
