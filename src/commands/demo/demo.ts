import { realpathSync } from 'node:fs';
import { sep } from 'node:path';
import process from 'node:process';
import { demoInterrupted } from '../../errors/commands.ts';
import { onInterrupt } from '../interrupt.ts';
import { stdoutLook } from '../output.ts';
import { Narrator } from './narrator.ts';
import { setStage } from './stage.ts';
import { play } from './story.ts';

/**
 * `paw-coordinator demo`: three agents work in a throw-away repository, over real MCP and with a real coordinator.
 * Whatever happens, nothing of it is left behind.
 *
 * @throws PawError if any step does not end as expected, or the user interrupts
 */
export async function demo(): Promise<void> {
  const began = performance.now();
  const look = stdoutLook();
  const tell = new Narrator(look);
  const interrupt = onInterrupt();
  try {
    await perform(tell, interrupt.signal);
  } catch (error) {
    throw interrupt.signal.aborted ? demoInterrupted() : error;
  } finally {
    interrupt.dispose();
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  tell.say(
    '',
    look.paint('green', `All ${tell.steps} steps went as expected, in ${seconds} s. Nothing is left behind.`),
    'In your own repository, with Claude Code (README.md has the other clients):',
    `    claude mcp add paw -- ${commandLine(ownProgram())} mcp`,
  );
}

async function perform(tell: Narrator, signal: AbortSignal): Promise<void> {
  tell.title('Three agents, one repository. Processes, worktrees and coordinator are real.');
  tell.say(
    '    feat-login     in worktree feat/login',
    '    feat-sessions  in worktree feat/sessions',
    '    supervisor     in the main worktree',
    '',
  );
  const stage = await setStage(ownProgram(), ['feat/login', 'feat/sessions'], signal);
  try {
    const [login, sessions, supervisor] = await Promise.all([
      stage.enter('feat-login', 'feat/login'),
      stage.enter('feat-sessions', 'feat/sessions'),
      stage.enter('supervisor', 'main', ['--role', 'supervisor']),
    ]);
    await play({ stage, login, sessions, supervisor }, tell);
  } finally {
    await stage.strike();
  }
}

/** The program that runs now; its agents run the same. */
function ownProgram(): string {
  return realpathSync(process.argv[1] ?? '');
}

/** How to run this program later: by npx where it was installed as a package, else by its path. */
function commandLine(program: string): string {
  const isPackage = program.split(sep).includes('node_modules');
  return isPackage ? 'npx -y paw-coordinator' : `node ${program}`;
}
