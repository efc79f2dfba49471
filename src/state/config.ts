/**
 * The settings the rules use. Reading them from `.paw/config.json` is the coordinator's business; the rules
 * only see values that have been checked.
 */
export interface Config {
  claims: {
    /** How long an agent's claims outlive its last connection, in seconds. */
    disconnectGraceSeconds: number;
  };
  watch: {
    /** A change this soon after a commit turns `committed` back into `working`, in seconds; 0 = never. */
    republishWorkingTtlSeconds: number;
  };
  verify: {
    /** Whether the supervisor is asked to verify each commit. */
    nudge: boolean;
    /** How long such a request waits for a verdict before it is repeated, in seconds. */
    remindSeconds: number;
    /** Whether a commit that passed the gate still waits for a verdict. */
    review: boolean;
    /** Whether there is a command that judges each commit before the supervisor is asked. */
    gate: boolean;
  };
  conflict: {
    /** Globs of files that never conflict. */
    ignore: string[];
    warnOnIntentOverlap: boolean;
    /** How long an in-flight conflict may last before the supervisor is told, in seconds. */
    windowSeconds: number;
    escalateOnViolation: boolean;
  };
  guard: {
    /** Paths and globs, from the root of the repository, that only a supervisor changes. */
    protectedPaths: string[];
    /** What follows from a commit that changes one: `warn` tells its author, `block` the supervisor too. */
    mode: 'warn' | 'block' | 'off';
    /** A known way of working, whose paths are protected as well. */
    preset?: 'openspec' | undefined;
    /** What the git hook does about a commit on another branch than that of the worktree's agent. */
    branch: 'warn' | 'block' | 'off';
    /** Whether the git hook keeps agents from pushing. */
    push: 'off' | 'block';
  };
  work: {
    /** After so many attempts that came to nothing an item is blocked. */
    maxAttempts: number;
  };
  retention: {
    messages: number;
    bytes: number;
    days: number;
  };
}

/** Lock files of the common package managers, and the file every branch adds a line to. */
const NEVER_CONFLICTING = [
  '**/package-lock.json',
  '**/npm-shrinkwrap.json',
  '**/yarn.lock',
  '**/pnpm-lock.yaml',
  '**/bun.lock',
  '**/bun.lockb',
  '**/deno.lock',
  '**/Cargo.lock',
  '**/go.sum',
  '**/poetry.lock',
  '**/uv.lock',
  '**/Pipfile.lock',
  '**/pdm.lock',
  '**/Gemfile.lock',
  '**/composer.lock',
  '**/packages.lock.json',
  '**/gradle.lockfile',
  '**/Podfile.lock',
  '**/Package.resolved',
  '**/pubspec.lock',
  '**/mix.lock',
  '**/flake.lock',
  '**/CHANGELOG.md',
];

export const DEFAULT_CONFIG: Config = {
  claims: { disconnectGraceSeconds: 120 },
  watch: { republishWorkingTtlSeconds: 60 },
  verify: { nudge: true, remindSeconds: 300, review: false, gate: false },
  conflict: {
    ignore: NEVER_CONFLICTING,
    warnOnIntentOverlap: true,
    windowSeconds: 120,
    escalateOnViolation: true,
  },
  guard: { protectedPaths: [], mode: 'warn', branch: 'warn', push: 'off' },
  work: { maxAttempts: 3 },
  retention: { messages: 10_000, bytes: 64 * 1024 * 1024, days: 14 },
};
