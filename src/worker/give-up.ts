import { killedAtOnce, neverTold } from '../errors/worker.ts';

/** How long the coordinator may take after `stop` to learn how the runs ended, in milliseconds. */
const LAST_WORDS_MAX_MS = 20_000;
const SECOND_MS = 1000;

/** Aborts `tooLate` with a PawError, some time after `stop` or together with `hurry`. `dispose` ends that. */
export function giveUpAfter(
  { stop, hurry }: { stop: AbortSignal; hurry: AbortSignal },
  tooLate: AbortController,
): { dispose(): void } {
  let timer: NodeJS.Timeout | undefined;
  const giveUp = (): void => tooLate.abort(hurry.aborted ? killedAtOnce() : neverTold(LAST_WORDS_MAX_MS / SECOND_MS));
  const onStop = (): void => {
    timer = setTimeout(giveUp, LAST_WORDS_MAX_MS);
  };
  stop.addEventListener('abort', onStop, { once: true });
  hurry.addEventListener('abort', giveUp, { once: true });
  if (stop.aborted) onStop();
  if (hurry.aborted) giveUp();
  return {
    dispose() {
      clearTimeout(timer);
      stop.removeEventListener('abort', onStop);
      hurry.removeEventListener('abort', giveUp);
    },
  };
}
