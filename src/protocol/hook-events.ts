/**
 * What a client's hook and the coordinator agree on and the hook needs when it runs. Apart from the schemas, because
 * a hook loads as little as it can.
 */

/** Moments at which a client runs a hook of ours, by the names Claude Code gives them. */
export const HOOK_EVENTS = ['SessionStart', 'UserPromptSubmit', 'PreToolUse', 'PostToolUse', 'Stop'] as const;
export type HookEvent = (typeof HOOK_EVENTS)[number];

/** Tools of the client that change a file: before these the hook asks whether somebody else has claimed it. */
export const EDIT_TOOLS = ['Edit', 'Write', 'MultiEdit', 'NotebookEdit'] as const;

/** How long a hook waits from connecting on, in milliseconds; before an edit longer, since that answer may say no. */
export const HOOK_WAIT_MS = 500;
export const EDIT_HOOK_WAIT_MS = 2000;

/** Most characters a hook puts before a model at once; the client cuts what is longer than 10,000. */
export const HOOK_TEXT_MAX_CHARS = 8000;

/** The notification by which a hook says that the batch it was answered with is on its way to the model. */
export const SHOWN = 'shown';
