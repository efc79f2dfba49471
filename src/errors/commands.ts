import { nearest } from './nearest.ts';
import { PawError } from './paw-error.ts';
import { quote, quoteName } from './quote.ts';

/** Errors of the commands for people. */

/** A person tried to give back what agents hold. */
export function forceNeeded(things: readonly string[]): PawError {
  return new PawError(
    'refused',
    `Nothing was released: claims belong to agents, and a person holds none. To take ${things.map(quoteName).join(', ')} from whoever holds it, and have them told, add --force. \`paw-coordinator claims\` lists who holds what.`,
  );
}

/** `release` without anything to release. */
export function nothingNamed(): PawError {
  return new PawError(
    'invalid',
    'release: name what to release, such as `release src/auth --force` or `release --name build --force`. `paw-coordinator claims` lists what is held.',
  );
}

/** `work` with a word that is none of its subcommands. */
export function noSuchWorkCommand(given: string, names: readonly string[]): PawError {
  const isItem = /^w?\d+$/i.test(given);
  const close = isItem ? `show ${given}` : nearest(given, names);
  const meant = close === undefined ? '' : ` Did you mean \`work ${close}\`?`;
  return new PawError('invalid', `there is no \`work ${given}\`.${meant} \`work\` takes ${names.join(', ')}.`);
}

/** `work list` with something behind it. */
export function listTakesNothing(given: string): PawError {
  return new PawError(
    'invalid',
    `\`work list\` takes no ${quote(given)}: \`work list --stage <stage>\` shows what is in one stage, \`work show <id>\` one item.`,
  );
}

/** An error about work items that was written for agents, for a person at the command line. */
export function inWordsOfCommands(error: unknown): unknown {
  if (!(error instanceof PawError)) return error;
  const message = error.message
    .replace(/ Example: \{.*\}$/, '')
    .replace(/work \{action: "(\w+)"([^}]*)\}/g, (_all, action: string, rest: string) => {
      const words = [...rest.matchAll(/, (\w+): (?:"([^"]*)"|…)/g)].map(([, field = '', value = `<${field}>`]) =>
        field === 'stage' && action === 'list' ? `--stage ${value}` : value,
      );
      return `\`${['paw-coordinator work', action, ...words].join(' ')}\``;
    });
  return new PawError(error.code, message, { cause: error });
}

/** A message without any text. */
export function nothingSaid(): PawError {
  return new PawError('invalid', 'the text is blank: say something, such as `tell feat/login "please rebase"`.');
}

/** A text that is still the placeholder of a template. */
export function placeholderSaid(given: string): PawError {
  return new PawError('invalid', `the text is an unfilled placeholder, ${quote(given)}: write what you want to say.`);
}

/** A number that no message can have. */
export function noSuchMessage(given: string, max: number): PawError {
  return new PawError(
    'unknown',
    `There is no message ${given}; numbers end at ${max}. \`paw-coordinator log\` shows the number of each message.`,
  );
}

/** A path of the command line lies in another folder than the repository. */
export function outsideWorktree(path: string, worktree: string): PawError {
  return new PawError(
    'invalid',
    `${path} is outside the worktree ${worktree}. Name the path as \`paw-coordinator claims\` shows it.`,
  );
}

/** The id of a lesson that none can have. Lengths are characters. */
export function notALearningId(given: string, min: number, max: number): PawError {
  return new PawError(
    'invalid',
    `"${given}" is no id of a lesson: give ${min} to ${max} characters of one. \`paw-coordinator learnings\` shows each lesson with its id.`,
  );
}

/** A number of the command line that is none, or out of bounds. */
export function notANumber(min: number, max: number): PawError {
  return new PawError('invalid', `It must be a whole number from ${min} to ${max}.`);
}

/** The coordinator was told to stop, and its process is still there. */
export function stillRunning(pid: number, waitedMs: number): PawError {
  return new PawError(
    'unavailable',
    `The coordinator (process ${pid}) was told to stop and has not ended within ${waitedMs / 1000} s. Wait a moment and stop it again; \`kill -9 ${pid}\` ends it at once, and loses nothing that was acknowledged.`,
  );
}

/** The coordinator cannot be told to stop from here. */
export function cannotStop(pid: number, cause: unknown): PawError {
  return new PawError(
    'environment',
    `The coordinator (process ${pid}) cannot be stopped from here: ${reason(cause)}. Run \`paw-coordinator stop\` as the user who started it, on the same machine.`,
    { cause },
  );
}

/** The demo needs a newer git, or any git at all. `found` is what `git --version` says; absent if there is none. */
export function gitTooOld(needed: string, found?: string): PawError {
  const what = found === undefined ? 'git was not found on PATH' : `this is ${found}`;
  return new PawError(
    'environment',
    `The demo needs git ${needed} or newer, and ${what}. Install git and run it again.`,
  );
}

/** git refused to do what the demo asked of it. */
export function demoGitFailed(args: readonly string[], said: string): PawError {
  return new PawError('environment', `\`git ${args.join(' ')}\` failed in the demo's repository: ${said}.`);
}

/** The demo's coordinator did not start. `said` is the reason it gave. */
export function demoStartFailed(said: string): PawError {
  return new PawError('environment', `The demo's coordinator did not start. ${said}`);
}

/** A step of the demo did not end as it should. `got` is what was answered instead. */
export function demoUnexpected(expected: string, got: unknown): PawError {
  return new PawError(
    'internal',
    `The demo expected ${expected}, and got ${JSON.stringify(got)}. Please report this with the output above.`,
  );
}

/** The MCP server of a demo's agent ended, or did not answer. `stderr` is what it wrote last. */
export function demoSessionFailed(agent: string, why: string, stderr: string): PawError {
  const said = stderr.trim() === '' ? '' : ` It wrote: ${stderr.trim()}`;
  return new PawError('internal', `The MCP server of ${agent} ${why}.${said}`);
}

/** A signal ended the demo. */
export function demoInterrupted(): PawError {
  return new PawError('refused', 'The demo was interrupted. Nothing of it is left behind.');
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
