import { isAlive } from '../../src/repository/process.ts';

/** Whether a process runs. One that has ended counts as gone, be it collected by its parent or not. */
export function isRunning(pid: number): boolean {
  return isAlive(pid, undefined);
}
