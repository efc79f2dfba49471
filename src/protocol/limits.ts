/** Bounds of what crosses the link. Every refusal that rests on one of them names it. */

/** Longest message, as the UTF-8 bytes of its stored JSON. */
export const MESSAGE_MAX_BYTES = 64 * 1024;
/** Longest text of one message, in UTF-8 bytes. */
export const TEXT_MAX_BYTES = 32 * 1024;
/** Most paths in one call or one stored file list. */
export const PATHS_MAX = 1000;
/** Longest single path, in characters: the limit of Linux and macOS. */
export const PATH_MAX_CHARS = 4096;
/** Longest frame a coordinator accepts, in bytes: a full message, its paths, and room for escapes. */
export const FRAME_MAX_BYTES = 1024 * 1024;
/** Longest frame a client accepts, in bytes; answers are paged well below it. */
export const ANSWER_FRAME_MAX_BYTES = 64 * 1024 * 1024;

/** Longest wait of `poll` and `claim`, in seconds: below the 60 s after which most clients give up. */
export const WAIT_MAX_SECONDS = 50;
/** Messages in one `poll`. */
export const POLL_LIMIT_DEFAULT = 20;
export const POLL_LIMIT_MAX = 100;
/** Most bytes of the messages of one batch, as JSON in UTF-8; the first one is always included. */
export const BATCH_MAX_BYTES = 16 * 1024;
/** A text longer than this many bytes of UTF-8 is cut in a batch. */
export const BATCH_TEXT_MAX_BYTES = 4 * 1024;

/** Life of an intent, in seconds. */
export const INTENT_TTL_DEFAULT_SECONDS = 900;
export const INTENT_TTL_MAX_SECONDS = 86_400;
/** Life of a claim, in seconds. */
export const CLAIM_TTL_DEFAULT_SECONDS = 900;
export const CLAIM_TTL_MIN_SECONDS = 30;
export const CLAIM_TTL_MAX_SECONDS = 86_400;
/** A wait that ran out keeps its place in the queue for this long, in seconds. */
export const WAIT_PLACE_KEPT_SECONDS = 120;

/** Largest `re` or `since`. */
export const SEQ_MAX = 999_999_999;

/** Learnings in one answer. */
export const LEARNINGS_LIMIT_DEFAULT = 10;
export const LEARNINGS_LIMIT_MAX = 100;
/** Longest sentence that says what was learned, in characters. */
export const LEARNING_TITLE_MAX_CHARS = 4096;
/** How much of a lesson's id is given to have it forgotten, in characters. */
export const LEARNING_ID_MIN_CHARS = 4;
export const LEARNING_ID_MAX_CHARS = 64;

/** Longest `summary` of a roster row, in characters. */
export const SUMMARY_MAX_CHARS = 40;
/** Recipients named in the answer to `publish`; the rest are counted. */
export const RECIPIENTS_SHOWN = 5;
/** Conflicts listed in the summary form of `status`; the rest are counted. */
export const CONFLICTS_SHOWN = 10;
/** Direct messages shown in `status {detail: "full"}`. */
export const OUTBOX_SHOWN = 20;

/** How long the result of a call is kept for a retry, in seconds, and how many per agent. */
export const RESULT_KEPT_SECONDS = 600;
export const RESULTS_KEPT_PER_AGENT = 1000;

/** A subagent that is silent for this long leaves the roster, in seconds. */
export const SUBAGENT_SILENT_SECONDS = 900;
/** An agent without a worktree leaves this long after its last connection, in seconds. */
export const GUEST_KEPT_SECONDS = 86_400;
/** How long a call waits for a lost connection to come back, in milliseconds. */
export const RECONNECT_MAX_MS = 10_000;

/** Longest title of a work item, in characters: it is one line of a list. */
export const WORK_TITLE_MAX_CHARS = 200;
/** Longest body of a work item, in characters. */
export const WORK_BODY_MAX_CHARS = 32 * 1024;
export const WORK_PRIORITY_MAX = 1000;
/** Most items one item may depend on. */
export const WORK_DEPENDS_MAX = 100;
/** Longest id of a work item as somebody writes it, in characters. */
export const WORK_ID_MAX_CHARS = 64;
/** Items in one list. */
export const WORK_LISTED_MAX = 100;
/** Entries of an item's history in one answer, and in the state. */
export const WORK_HISTORY_SHOWN = 30;
export const WORK_HISTORY_MAX = 200;
/** Most items that are not archived, and how many archived ones are kept. */
export const WORK_OPEN_MAX = 5000;
export const WORK_ARCHIVED_KEPT = 1000;
/** How much of a failed run's output is kept, in characters. */
export const OUTPUT_KEPT_MAX_CHARS = 4096;
/** Most items one worker may work on at a time. */
export const WORKER_SLOTS_MAX = 64;
