import { runCoordinator } from '../coordinator/main.ts';

/** `paw-coordinator serve`: the coordinator itself, in this process. Started by others, never by hand. */
export async function serve({ commonDir, keep = false }: { commonDir: string; keep?: boolean }): Promise<void> {
  await runCoordinator({ commonDir, keep });
}
