import type { ProgressToken } from '@modelcontextprotocol/server';

/** How often a waiting call tells the client that it is alive, in milliseconds. */
export const PROGRESS_INTERVAL_MS = 10_000;

/** What is needed of a request to tell of its progress. */
export interface ProgressRequest {
  _meta?: { progressToken?: ProgressToken | undefined } | undefined;
  /** Sends a notification to the client. */
  notify(notification: { method: string; params: Record<string, unknown> }): Promise<void>;
}

/** Runs `work`, with progress notifications meanwhile if the client asked for them. */
export async function withProgress<T>({ _meta, notify }: ProgressRequest, work: () => Promise<T>): Promise<T> {
  const progressToken = _meta?.progressToken;
  if (progressToken === undefined) return work();
  let progress = 0;
  const timer = setInterval(() => {
    progress += 1;
    const params = { progressToken, progress, message: 'waiting' };
    // A client that is gone is noticed by its transport.
    notify({ method: 'notifications/progress', params }).catch(() => {});
  }, PROGRESS_INTERVAL_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
