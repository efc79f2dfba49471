import { join } from 'node:path';
import process from 'node:process';
import { gateNotOnWindows } from '../errors/supervisor.ts';
import { type Ended, type Job, runContained } from '../processes/contained.ts';
import { howEnded } from '../processes/how-ended.ts';
import { endLeftover } from '../processes/run-note.ts';
import { createPrivateFolder } from '../repository/layout.ts';
import { checkOut } from './clone.ts';

/** A commit to judge, and by what. */
export interface GateJob {
  commit: string;
  /** Told to the command; absent on a detached HEAD. */
  branch: string | undefined;
  /** For the shell, or program and arguments. */
  command: string | readonly string[];
  timeoutSeconds: number;
  /** Ends it early. */
  signal: AbortSignal;
}

/** What the command found. */
export interface GateOutcome {
  passed: boolean;
  /** How it ended: "exit code 1", "no end within 900 s", "ended by SIGSEGV". */
  how: string;
  /** The last 4 KB of what it printed, both streams. */
  output: string;
}

/** The command that judges commits, in a clone of its own below the state folder. */
export interface Gate {
  /**
   * Ends what a gate of an earlier coordinator has left running. Resolves with whether there was anything noted, and
   * the pids that could not be ended.
   */
  endLeftover(): Promise<{ found: boolean; left: number[] }>;
  /**
   * Runs the command at a commit; only one at a time. When it settles none of its processes is left.
   *
   * Rejects with a PawError if the command could not be run there, or the reason of the signal
   */
  run(job: GateJob): Promise<GateOutcome>;
}

/** Variables that must not reach the command: it works in another repository, for nobody in particular. */
const NOT_INHERITED = /^(GIT_|CLAUDE|PAW_)/i;
const SECOND_MS = 1000;

/** @param options.stateDir the state folder; the gate has a folder of its own in it */
export function openGate({
  commonDir,
  stateDir,
  env,
}: {
  commonDir: string;
  stateDir: string;
  env: NodeJS.ProcessEnv;
}): Gate {
  const folder = join(stateDir, 'gate');
  const clone = join(folder, 'clone');
  const inherited = Object.fromEntries(Object.entries(env).filter(([name]) => !NOT_INHERITED.test(name)));

  return {
    endLeftover: () => endLeftover({ folder }),

    async run({ commit, branch, command, timeoutSeconds, signal }) {
      if (process.platform === 'win32') throw gateNotOnWindows();
      createPrivateFolder(folder);
      const quiet = { ...inherited, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0' };
      const contained = (
        job: Pick<Job, 'program' | 'cwd' | 'timeoutMs'>,
        variables: NodeJS.ProcessEnv,
      ): Promise<Ended> => runContained({ ...job, env: variables, folder, signal });
      await checkOut({ commonDir, clone, commit, run: (job) => contained(job, quiet) });
      const program = typeof command === 'string' ? ['sh', '-c', command] : command;
      const named = { PAW_GATE_COMMIT: commit, ...(branch !== undefined && { PAW_GATE_BRANCH: branch }) };
      const ended = await contained(
        { program, cwd: clone, timeoutMs: timeoutSeconds * SECOND_MS },
        { ...inherited, ...named },
      );
      return { passed: ended.code === 0, how: howEnded(ended, timeoutSeconds), output: ended.output };
    },
  };
}
