import { PawError } from './paw-error.ts';

/** Errors of the link: finding, starting and talking to the coordinator. */

/** The holder of the coordinator's office, as far as an error names it. */
interface NamedHolder {
  pid: number;
  host: string;
  socket: string;
}

/** Somebody already listens at the socket path, or a file lies there. */
export function socketTaken(path: string): PawError {
  return new PawError(
    'environment',
    `The socket ${path} is taken: another process listens there, or a file was left behind. If \`paw-coordinator status\` shows no coordinator, remove that file and try again.`,
  );
}

/** The socket cannot be made at that path. */
export function socketUnusable(path: string, cause: unknown): PawError {
  return new PawError(
    'environment',
    `Cannot listen on the socket ${path}: ${reason(cause)}. Its folder must exist and be writable by this user; run \`paw-coordinator doctor\`.`,
    { cause },
  );
}

/** The socket is there and this user may not use it. */
export function socketForbidden(path: string, cause: unknown): PawError {
  return new PawError(
    'environment',
    `The coordinator's socket ${path} belongs to another user: ${reason(cause)}. Run this as the user who started the coordinator, or have that user run \`paw-coordinator stop\`.`,
    { cause },
  );
}

/** A message is longer than the link carries. `bytes` is missing where only the limit is known to be passed. */
export function frameTooLarge(limit: number, bytes?: number): PawError {
  const size = bytes === undefined ? 'longer' : `${bytes} bytes long, more`;
  return new PawError(
    'invalid',
    `The message is ${size} than the ${limit} bytes the link carries at once. Use a shorter text, fewer paths, or a smaller \`limit\`.`,
  );
}

/** What arrived is no JSON-RPC message. */
export function malformedFrame(detail: string): PawError {
  return new PawError(
    'invalid',
    `What arrived is not a JSON-RPC 2.0 message on one line: ${detail}. Send one JSON object a line; the connection is closed now.`,
  );
}

/** The other side asked for something this version does not have. */
export function unknownMethod(method: string): PawError {
  return new PawError(
    'unknown',
    `The other side of the link does not know the request "${method.slice(0, 100)}". Both sides should be the same version of paw-coordinator; run \`paw-coordinator stop\`, and the next call starts the installed one.`,
  );
}

/** One connection has too many requests without an answer. */
export function tooManyRequests(limit: number): PawError {
  return new PawError(
    'refused',
    `This connection already waits for ${limit} answers. Let some of them end, then try again.`,
  );
}

/** The caller wants no answer any more. */
export function requestCancelled(): PawError {
  return new PawError('refused', 'This request was cancelled by its caller. Make it again if it is still wanted.');
}

/** Nothing runs, and this caller does not start one. */
export function notRunning(): PawError {
  return new PawError(
    'unavailable',
    'No coordinator is running for this repository. Run `paw-coordinator start`, or start an agent: it starts one by itself.',
  );
}

/** The started process said why it could not begin. */
export function startFailed(message: string): PawError {
  return new PawError('environment', `The coordinator could not start: ${message}`);
}

/** The started process ended and said nothing. `how` is its exit code or signal in words. */
export function startEnded(how: string, logFile: string): PawError {
  return new PawError(
    'environment',
    `The coordinator ended before it answered (${how}). Look into ${logFile}, or run \`paw-coordinator doctor\`, then try again.`,
  );
}

/** The program that would be the coordinator could not be run at all. */
export function spawnFailed(program: string, cause: unknown): PawError {
  return new PawError(
    'environment',
    `Cannot run ${program} to start the coordinator: ${reason(cause)}. Install paw-coordinator again, or start it by hand with \`paw-coordinator start\`.`,
    { cause },
  );
}

/** No coordinator answered in time. */
export function notReached(waitedMs: number, cause: unknown): PawError {
  return new PawError(
    'unavailable',
    `No coordinator answered within ${waitedMs / 1000} s (${reason(cause)}). Try once more; if it stays so, run \`paw-coordinator doctor\`.`,
    { cause },
  );
}

/** The coordinator runs where this process cannot reach it: another host, or another container. */
export function otherHost(holder: NamedHolder, cause: unknown): PawError {
  return new PawError(
    'environment',
    `The coordinator of this repository runs elsewhere: process ${holder.pid} on ${holder.host}, socket ${holder.socket}. It cannot be reached from here. Work on that host or in that container, or run \`paw-coordinator stop\` there first.`,
    { cause },
  );
}

/** The connection went away in the middle of a call and did not come back in time. */
export function connectionLost(waitedMs: number, cause: unknown): PawError {
  return new PawError(
    'unavailable',
    `The connection to the coordinator was lost and did not come back within ${waitedMs / 1000} s (${reason(cause)}). Try once more; if it stays so, run \`paw-coordinator doctor\`.`,
    { cause },
  );
}

/** This process has closed its link. */
export function linkClosed(): PawError {
  return new PawError(
    'unavailable',
    'This session has ended, and its connection to the coordinator with it. Start a new session and make the call there.',
  );
}

/**
 * The two sides speak different versions of the link.
 * @param who which side is "ours": the one that noticed.
 */
export function otherProtocol(versions: { ours: number; theirs: number; who: 'coordinator' | 'client' }): PawError {
  const { ours, theirs, who } = versions;
  const coordinator = who === 'coordinator' ? ours : theirs;
  const client = who === 'coordinator' ? theirs : ours;
  const known = `The running coordinator speaks version ${coordinator} of the link, this paw-coordinator version ${client}.`;
  const next =
    coordinator < client
      ? 'The coordinator is the older one: run `paw-coordinator stop`, and the next call starts the new one.'
      : 'This one is older: update paw-coordinator here (`npm install -g paw-coordinator@latest`) and restart this session. To go on with the old one instead, run `paw-coordinator stop`.';
  return new PawError('environment', `${known} ${next}`);
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
