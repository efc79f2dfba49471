import * as z from 'zod';
import { WORKER_SLOTS_MAX } from '../protocol/limits.ts';
import { figure, flag, SECTION, seconds, text } from './values.ts';

/** How headless workers run: the section `worker` of the configuration. */

/** How long the command of a worker may run, in seconds. */
const TIMEOUT_DEFAULT_SECONDS = 3600;
const ARGUMENTS_MAX = 1000;
/** Longest argument of the command, in characters: a whole prompt may be one. */
const ARGUMENT_MAX_CHARS = 32 * 1024;

const COMMAND = { error: 'a list of program and arguments, such as ["codex", "exec", "{prompt}"]' };
const IN_A_SHELL = {
  error:
    'a command that puts no placeholder into a shell, which would run what an item says: use "$PAW_WORK_TITLE" there',
};
const ARGUMENT = { error: `a text of at most ${figure(ARGUMENT_MAX_CHARS)} characters` };
const SLOTS = { error: `a whole number from 1 to ${WORKER_SLOTS_MAX}` };

export interface WorkerSettings {
  /** Program and arguments, with placeholders; without it the standard one is used. */
  command?: string[] | undefined;
  /** How long it may run, in seconds. */
  timeoutSeconds: number;
  /** Whether the branch of an item is pushed. */
  push: boolean;
  /** How many items are worked on at a time. */
  slots: number;
  /** Where the worktrees of items are; relative to the root of the main worktree. */
  folder?: string | undefined;
}

export const workerSection = z
  .strictObject(
    {
      command: z
        .array(z.string(ARGUMENT).max(ARGUMENT_MAX_CHARS, ARGUMENT), COMMAND)
        .min(1, COMMAND)
        .max(ARGUMENTS_MAX, COMMAND)
        .refine(([program]) => program?.trim() !== '', COMMAND)
        .refine((command) => !givesItemToShell(command), IN_A_SHELL)
        .optional()
        .describe(
          'Program and arguments that work on one item, in its worktree. {prompt}, {id}, {title} and {body} are replaced. Without it: Claude Code without a screen.',
        ),
      timeoutSeconds: seconds(TIMEOUT_DEFAULT_SECONDS, 'How long that command may run, in seconds.', 1),
      push: flag(false, 'Push the branch of an item when there are commits to look at; never by force.'),
      slots: z
        .int(SLOTS)
        .min(1, SLOTS)
        .max(WORKER_SLOTS_MAX, SLOTS)
        .default(1)
        .describe('How many items one worker works on at a time.'),
      folder: text('a folder')
        .optional()
        .describe(
          'Where the worktrees of items are made, absolute or from the root of the main worktree. Without it: beside the main worktree, in a folder with its name and ".worktrees".',
        ),
    },
    SECTION,
  )
  .prefault({});

/**
 * Whether a shell may read what an item says as its own script: after the `-c` of a shell, wherever that stands, since
 * other programs start it too. Even what would only be an argument of the script is refused; the environment has it.
 */
function givesItemToShell(command: readonly string[]): boolean {
  const shell = command.findIndex((word) => SHELL.test(word.trim()));
  const script = shell === -1 ? -1 : command.findIndex((word, at) => at > shell && /^-[a-z]*c[a-z]*$/i.test(word));
  return script !== -1 && command.slice(script + 1).some((word) => /\{(?:prompt|id|title|body)\}/.test(word));
}

const SHELL = /(?:^|[\\/])(?:sh|bash|dash|ash|zsh|ksh|mksh|fish)$/;
