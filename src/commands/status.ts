import process from 'node:process';
import type { StatusAnswer } from '../protocol/answers.ts';
import { here, withCoordinator } from './coordinator-link.ts';
import { follow } from './follow.ts';
import { onInterrupt } from './interrupt.ts';
import { openScreen } from './live-screen.ts';
import { print, printJson, stdoutLook } from './output.ts';
import { safeLine } from './render/safe-text.ts';
import { renderStatus } from './render/status.ts';
import { wrap } from './render/width.ts';

export interface StatusOptions {
  watch?: boolean;
  json?: boolean;
  full?: boolean;
}

/** `paw-coordinator status`: who is here, and what each does and holds. */
export async function status(agent: string | undefined, options: StatusOptions): Promise<void> {
  if (options.watch === true) return watchStatus(agent, options);
  const answer = await withCoordinator((link) => link.request('status', query(agent, options)));
  show(answer, options);
}

async function watchStatus(agent: string | undefined, options: StatusOptions): Promise<void> {
  const place = await here();
  const interrupt = onInterrupt();
  const { signal } = interrupt;
  const screen = process.stdout.isTTY && options.json !== true ? openScreen(process.stdout) : undefined;
  let shown = '';
  try {
    await follow({
      place,
      view: 'status',
      signal,
      async look(link) {
        const answer = await link.request('status', query(agent, options), { signal });
        if (screen) return screen.draw(renderStatus(answer, stdoutLook()));
        // In a pipe only what is new: seconds that pass are not.
        const told = withoutTimes(answer);
        if (told !== shown) show(answer, options);
        shown = told;
      },
      onGone: (reason) =>
        screen?.draw([...wrap(safeLine(reason.message), stdoutLook().width), 'Waiting for the next one.']),
    });
  } finally {
    screen?.close();
    interrupt.dispose();
  }
}

function query(agent: string | undefined, { full }: StatusOptions): { agent?: string; detail?: 'full' } {
  return { ...(agent !== undefined && { agent }), ...(full === true && { detail: 'full' }) };
}

function show(answer: StatusAnswer, { json }: StatusOptions): void {
  if (json === true) printJson(answer);
  else print(...renderStatus(answer, stdoutLook()));
}

function withoutTimes(answer: StatusAnswer): string {
  const times = ['last_seen_seconds', 'expires_in_seconds', 'uptime_seconds'];
  return JSON.stringify(answer, (key, value: unknown) => (times.includes(key) ? undefined : value));
}
