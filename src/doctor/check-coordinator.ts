import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import process from 'node:process';
import { LinkClient } from '../link/client.ts';
import { findCoordinator } from '../link/find.ts';
import type { StatusAnswer } from '../protocol/answers.ts';
import { PROTOCOL_VERSION, VERSION } from '../protocol/version.ts';
import { readHighest } from '../repository/election.ts';
import { electionFile, electionNumber } from '../repository/layout.ts';
import { bad, type Check, failed, good, type Place } from './check.ts';

/** What was found out about the coordinator before anything was asked of it. */
export interface CoordinatorFound {
  check: Check;
  /** Whether one is in office, answering or not. */
  isRunning: boolean;
}

/** Looks for the coordinator, and starts none. */
export async function findOut({ stateDir }: Place, signal: AbortSignal): Promise<CoordinatorFound> {
  const name = 'coordinator';
  const unreadable = unreadableElection(stateDir);
  if (unreadable !== undefined) {
    const fix = `If no coordinator runs on any machine that shares this repository, remove ${unreadable}.`;
    return {
      check: bad(name, `${unreadable} should name the one in office and cannot be read`, fix),
      isRunning: false,
    };
  }
  try {
    const found = await findCoordinator(stateDir, { signal });
    switch (found.state) {
      case 'living': {
        found.channel.close();
        const { pid, version = 'unknown', socket } = found.holder;
        const other = version === VERSION ? '' : `; installed is ${VERSION}`;
        const detail = `running: process ${pid}, version ${version}${other}, socket ${socket}`;
        const fix = other === '' ? undefined : 'Run `paw-coordinator stop`; the next call starts the installed one.';
        return { check: good(name, detail, fix), isRunning: true };
      }
      case 'starting': {
        const { pid, socket } = found.holder;
        const fix = `Look again in a few seconds. If it stays so, run \`paw-coordinator stop\`, which ends process ${pid}.`;
        return {
          check: bad(name, `process ${pid} is in office, and its socket ${socket} does not answer`, fix),
          isRunning: true,
        };
      }
      case 'dead':
        return {
          check: good(name, `none runs; the last one, process ${found.holder.pid}, did not stop in order`),
          isRunning: false,
        };
      default:
        return { check: good(name, 'none runs; the next agent or command starts one'), isRunning: false };
    }
  } catch (error) {
    return { check: failed(name, error), isRunning: true };
  }
}

/** What a real call has shown. */
export interface RoundTrip {
  check: Check;
  answer?: StatusAnswer;
}

/** Makes a call as every command does: a coordinator that does not run is started, and ends by itself when idle. */
export async function roundTrip({ commonDir, stateDir }: Place, signal: AbortSignal): Promise<RoundTrip> {
  const session = randomUUID();
  const link = new LinkClient({
    commonDir,
    stateDir,
    mayStart: 'always',
    hello: () => ({ protocol: PROTOCOL_VERSION, kind: 'person', session, pid: process.pid }),
  });
  try {
    await link.greet({ signal });
    const began = performance.now();
    const answer = await link.request('status', {}, { signal });
    const took = (performance.now() - began).toFixed(1);
    return { check: good('round trip', `a call was answered in ${took} ms by version ${answer.version}`), answer };
  } catch (error) {
    return { check: failed('round trip', error) };
  } finally {
    await link.close();
  }
}

/** How changes of files are noticed. */
export function checkWatching(answer: StatusAnswer): Check {
  const polled = answer.agents.filter((row) => row.watching === 'polling').map((row) => row.agent_id);
  if (polled.length === 0) return good('watching', 'changes are noticed as they happen');
  const fix =
    process.platform === 'linux'
      ? 'Raise the limits: `sysctl fs.inotify.max_user_watches fs.inotify.max_user_instances` shows them; coordinator.log has the reason.'
      : 'coordinator.log in the state folder has the reason.';
  return good('watching', `looked at now and then, because watching failed: ${polled.join(', ')}`, fix);
}

/** The newest election file, if it cannot be read. */
function unreadableElection(stateDir: string): string | undefined {
  if (!existsSync(stateDir)) return undefined;
  try {
    const highest = Math.max(0, ...readdirSync(stateDir).map((name) => electionNumber(name) ?? 0));
    return highest > 0 && readHighest(stateDir) === undefined ? electionFile(stateDir, highest) : undefined;
  } catch {
    return stateDir;
  }
}
