import { createConnection } from 'node:net';
import { SHOWN } from '../protocol/hook-events.ts';
import type { HookAnswer, HookRequestInput } from '../protocol/hooks.ts';

/** Longest answer that is read, in characters: far above what a coordinator says to a hook. */
const ANSWER_MAX_CHARS = 1024 * 1024;

/**
 * Asks the coordinator at `socket`: one line there, one line back. What it was told is handed to `say`, and confirmed
 * once that is done. Rejects if there is no answer within `waitMs` of connecting, or none that can be read.
 */
export function askCoordinator(
  socket: string,
  request: HookRequestInput,
  waitMs: number,
  say: (answer: HookAnswer) => Promise<void>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const connection = createConnection({ path: socket });
    const timer = setTimeout(() => connection.destroy(new Error(`no answer within ${waitMs} ms`)), waitMs);
    let received = '';
    const take = (chunk: string): void => {
      received += chunk;
      const end = received.indexOf('\n');
      if (end === -1) {
        if (received.length > ANSWER_MAX_CHARS) connection.destroy(new Error('the answer is too long'));
        return;
      }
      clearTimeout(timer);
      connection.off('data', take);
      answerIn(received.slice(0, end))
        .then(async (answer) => {
          await say(answer);
          if (answer.batch !== undefined) connection.write(line({ method: SHOWN, params: { batch: answer.batch } }));
          connection.end();
          resolve();
        })
        .catch((error: Error) => connection.destroy(error));
    };
    connection.setEncoding('utf8');
    connection.on('data', take);
    connection.once('error', reject);
    connection.once('close', () => {
      clearTimeout(timer);
      reject(new Error('the connection ended before the answer'));
    });
    connection.write(line({ id: 1, method: 'hook', params: request }));
  });
}

async function answerIn(text: string): Promise<HookAnswer> {
  const { result, error } = JSON.parse(text) as { result?: HookAnswer; error?: { message?: string } };
  if (result === undefined) throw new Error(error?.message ?? 'the answer is none');
  return result;
}

function line(message: object): string {
  return `${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`;
}
