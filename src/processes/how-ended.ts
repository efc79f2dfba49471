import type { Ended } from './contained.ts';

/** How a program ended: "exit code 1", "no end within 900 s", "ended by SIGSEGV". */
export function howEnded({ code, endedBy }: Ended, timeoutSeconds: number): string {
  if (code !== undefined) return `exit code ${code}`;
  return endedBy === 'time limit' ? `no end within ${timeoutSeconds} s` : `ended by ${endedBy}`;
}
