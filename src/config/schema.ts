import * as z from 'zod';
import { PATHS_MAX } from '../protocol/limits.ts';
import { type Config, DEFAULT_CONFIG } from '../state/config.ts';
import { glob, pathOrGlob } from './globs.ts';
import { figure, flag, SECTION, seconds, text, wholeNumber } from './values.ts';
import { type WorkerSettings, workerSection } from './worker-section.ts';

/*
 * The keys of `.paw/config.json`: for each one its values, its default and its description for editors. A new
 * key is added here and nowhere else in this folder, unless it belongs to neither the rules nor an existing
 * part of `Settings`. The message of a check is what the key takes, in words that follow "must be".
 */

/** How long the gate may run, in seconds. */
const GATE_TIMEOUT_DEFAULT_SECONDS = 900;
/** How long a coordinator that an agent started outlives the last connection, in seconds. */
const IDLE_EXIT_DEFAULT_SECONDS = 600;
/** How long news may wait until the file of learnings is written, in seconds. */
const LEARNINGS_FLUSH_DEFAULT_SECONDS = 60;
/** Most attempts at a work item that can be set. */
const WORK_ATTEMPTS_MAX = 100;
/** Upper bounds of what is kept; the coordinator holds all of it in memory. */
const RETENTION_MAX_MESSAGES = 1_000_000;
const RETENTION_MAX_BYTES = 1024 * 1024 * 1024;
const RETENTION_MAX_DAYS = 3650;

const COMMAND = { error: 'a command for the shell, such as "npm test", or a list of program and arguments' };

const { claims, watch, verify, conflict, guard, work, retention } = DEFAULT_CONFIG;

export const configSchema = z.strictObject({
  $schema: z.string({ error: 'a text, the address of a JSON Schema' }).optional(),
  repository: z
    .strictObject(
      {
        base: text('the name of a branch')
          .optional()
          .describe(
            "The branch that finished work is merged into. Without it: the main worktree's branch when the coordinator first starts.",
          ),
      },
      SECTION,
    )
    .prefault({}),
  idleExitSeconds: seconds(
    IDLE_EXIT_DEFAULT_SECONDS,
    'How long a coordinator that was started by an agent stays after the last connection has ended, in seconds. One started with `paw-coordinator start` stays until it is stopped.',
  ),
  claims: z
    .strictObject(
      {
        disconnectGraceSeconds: seconds(
          claims.disconnectGraceSeconds,
          "How long an agent's claims outlive its last connection, in seconds.",
        ),
      },
      SECTION,
    )
    .prefault({}),
  watch: z
    .strictObject(
      {
        republishWorkingTtlSeconds: seconds(
          watch.republishWorkingTtlSeconds,
          'A change this soon after a commit shows the agent as working again, in seconds. 0 = never; other values below 5 count as 5.',
        ),
      },
      SECTION,
    )
    .prefault({}),
  verify: z
    .strictObject(
      {
        nudge: flag(verify.nudge, 'Ask the supervisor to verify each commit.'),
        remindSeconds: seconds(
          verify.remindSeconds,
          'How long such a request waits for a verdict before it is repeated, in seconds. After the third time a person is told.',
        ),
        review: flag(verify.review, 'A commit that passed the gate still waits for a verdict of the supervisor.'),
        command: z
          .union([text('a command'), z.array(text('an argument')).min(1, COMMAND)], COMMAND)
          .optional()
          .describe(
            'The gate: a command that is run at each commit, in a clone of its own. Exit code 0 verifies the commit, any other sends it back.',
          ),
        timeoutSeconds: seconds(GATE_TIMEOUT_DEFAULT_SECONDS, 'How long the gate may run, in seconds.', 1),
      },
      SECTION,
    )
    .prefault({}),
  conflict: z
    .strictObject(
      {
        ignore: z
          .array(glob(), { error: 'a list of globs, such as ["**/*.lock"]' })
          .max(PATHS_MAX, { error: `a list of at most ${figure(PATHS_MAX)} globs` })
          .default(conflict.ignore)
          .describe(
            'Globs of files that never conflict, from the root of the repository. A list given here replaces the default one.',
          ),
        warnOnIntentOverlap: flag(
          conflict.warnOnIntentOverlap,
          "Tell an agent when another one's intent or claim overlaps its own. The conflict is recorded either way.",
        ),
        windowSeconds: seconds(
          conflict.windowSeconds,
          'How long two agents may have changed the same file before the supervisor is told, in seconds.',
        ),
        escalateOnViolation: flag(
          conflict.escalateOnViolation,
          'Tell the supervisor too when an agent changes a file that another one has claimed.',
        ),
      },
      SECTION,
    )
    .prefault({}),
  guard: z
    .strictObject(
      {
        protectedPaths: z
          .array(pathOrGlob(), { error: 'a list of paths and globs, such as ["docs/adr/**"]' })
          .max(PATHS_MAX, { error: `a list of at most ${figure(PATHS_MAX)} paths and globs` })
          .default(guard.protectedPaths)
          .describe('Paths and globs, from the root of the repository, that only a supervisor changes.'),
        mode: z
          .enum(['warn', 'block', 'off'], { error: 'a mode: "warn", "block" or "off"' })
          .default(guard.mode)
          .describe(
            "What follows from another agent's commit that changes one of them: warn = that agent is told, block = the supervisor is asked to have it reverted, too. Nothing is reverted by itself.",
          ),
        preset: z
          .enum(['openspec'], { error: 'a known preset: "openspec"' })
          .optional()
          .describe(
            'A known way of working whose paths are protected as well. openspec: archived changes, main specs, and the commit that archives a change.',
          ),
        branch: z
          .enum(['warn', 'block', 'off'], { error: 'a mode: "warn", "block" or "off"' })
          .default(guard.branch)
          .describe(
            "What the git hook does about a commit in an agent's worktree on another branch than that agent's. `paw-coordinator init --git-hooks` installs the hook.",
          ),
        push: z
          .enum(['off', 'block'], { error: 'a mode: "off" or "block"' })
          .default(guard.push)
          .describe("block = the git hook refuses pushes from agents' worktrees."),
      },
      SECTION,
    )
    .prefault({}),
  work: z
    .strictObject(
      {
        maxAttempts: wholeNumber(
          work.maxAttempts,
          WORK_ATTEMPTS_MAX,
          'After so many attempts that came to nothing a work item is blocked, and the supervisor told.',
        ),
      },
      SECTION,
    )
    .prefault({}),
  worker: workerSection,
  learnings: z
    .strictObject(
      {
        flushSeconds: seconds(
          LEARNINGS_FLUSH_DEFAULT_SECONDS,
          'How long news may wait until `.paw/learnings.md` is written, in seconds. It is also written when the coordinator stops.',
        ),
        commit: flag(
          false,
          '`.paw/learnings.md` is to be committed. Without it the file is listed in `.git/info/exclude`.',
        ),
      },
      SECTION,
    )
    .prefault({}),
  retention: z
    .strictObject(
      {
        messages: wholeNumber(
          retention.messages,
          RETENTION_MAX_MESSAGES,
          'Messages that are kept. Unread direct messages are kept beyond any limit, up to 1,000 for each agent.',
        ),
        bytes: wholeNumber(retention.bytes, RETENTION_MAX_BYTES, 'Total size of the messages that are kept, in bytes.'),
        days: wholeNumber(retention.days, RETENTION_MAX_DAYS, 'How long messages are kept, in days.'),
      },
      SECTION,
    )
    .prefault({}),
});

/** The configuration with every default filled in. */
export type ConfigFile = z.infer<typeof configSchema>;

/** A command that judges commits. */
export interface GateSettings {
  /** For the shell, or program and arguments. */
  command: string | string[];
  timeoutSeconds: number;
}

/** How learnings are written to the file for people. */
export interface LearningsSettings {
  /** How long news may wait, in seconds. */
  flushSeconds: number;
  /** Whether the file is to be committed. */
  commit: boolean;
}

/** The configuration in force, by who uses it. */
export interface Settings {
  /** What the rules use. */
  state: Config;
  /** The base branch, if one is set. */
  base?: string;
  learnings: LearningsSettings;
  /** The verification gate, if one is set. */
  gate?: GateSettings;
  worker: WorkerSettings;
  /** How long a coordinator that an agent started outlives the last connection, in seconds. */
  idleExitSeconds: number;
}

/** The text of `config.schema.json`, by which editors check and complete the file. */
export function configJsonSchema(): string {
  const schema = z.toJSONSchema(configSchema, { io: 'input', target: 'draft-7' });
  return `${JSON.stringify({ title: 'Configuration of paw-coordinator', ...schema }, null, 2)}\n`;
}
