import { stateFolder } from '../repository/layout.ts';
import { here } from './coordinator-link.ts';
import { print } from './output.ts';
import { stopCoordinator } from './stop-coordinator.ts';

/** `paw-coordinator stop`: ends the coordinator in order, and returns when its process is gone. */
export async function stop(): Promise<void> {
  const { commonDir } = await here();
  const pid = await stopCoordinator(stateFolder(commonDir));
  print(
    pid === undefined
      ? 'No coordinator is running for this repository.'
      : `The coordinator (process ${pid}) has stopped.`,
  );
}
