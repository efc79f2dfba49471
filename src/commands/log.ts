import type { LogAnswer } from '../protocol/answers.ts';
import type { StoredMessage } from '../protocol/messages.ts';
import type { LogRequest } from '../protocol/requests.ts';
import { here, withCoordinator } from './coordinator-link.ts';
import { follow } from './follow.ts';
import { onInterrupt } from './interrupt.ts';
import { print, printJson, stdoutLook } from './output.ts';
import { logLine } from './render/messages.ts';

/** Messages asked for at once. */
const PAGE = 500;

export interface LogOptions {
  follow?: boolean;
  since?: number;
  limit?: number;
  type?: LogRequest['type'];
  agent?: string;
  json?: boolean;
}

/** `paw-coordinator log`: the messages of the repository, oldest first; all that are kept, unless a limit is given. */
export async function log(options: LogOptions): Promise<void> {
  if (options.follow === true) return followLog(options);
  const { since, limit } = options;
  await withCoordinator(async (link) => {
    if (limit !== undefined) {
      const page = await link.request('log', { ...filter(options), limit, ...(since !== undefined && { since }) });
      for (const message of page.messages) show(message, options);
      return;
    }
    for (let from: number | undefined = since ?? 0; from !== undefined; ) {
      const { messages }: LogAnswer = await link.request('log', { ...filter(options), since: from, limit: PAGE });
      for (const message of messages) show(message, options);
      from = messages.length < PAGE ? undefined : messages.at(-1)?.seq;
    }
  });
}

async function followLog(options: LogOptions): Promise<void> {
  const place = await here();
  const interrupt = onInterrupt();
  const { signal } = interrupt;
  let since = options.since;
  try {
    await follow({
      place,
      view: 'log',
      signal,
      async look(link) {
        for (;;) {
          const isFirst = since === undefined;
          const limit = isFirst ? options.limit : PAGE;
          const position = since === undefined ? {} : { since };
          const request = { ...filter(options), ...position, ...(limit !== undefined && { limit }) };
          const { messages, last } = await link.request('log', request, { signal });
          for (const message of messages) show(message, options);
          const isWhole = isFirst || messages.length < PAGE;
          // Messages of the filter only are counted in the page; the rest was looked at too.
          since = isWhole ? last : messages.at(-1)?.seq;
          if (isWhole) return;
        }
      },
    });
  } finally {
    interrupt.dispose();
  }
}

function filter({ type, agent }: LogOptions): Pick<Partial<LogRequest>, 'type' | 'agent'> {
  return { ...(type !== undefined && { type }), ...(agent !== undefined && { agent }) };
}

function show(message: StoredMessage, { json }: LogOptions): void {
  if (json === true) printJson(message);
  else print(logLine(message, stdoutLook(), new Date()));
}
