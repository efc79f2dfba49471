/*
 * The text of a git hook with ours in it. What was there before runs first, in a shell of its own: it may end with
 * `exit`, or hand over with `exec`, and ours still has its turn. Only if it agreed does ours run.
 */

export const GIT_HOOKS = ['pre-commit', 'pre-push'] as const;
export type GitHook = (typeof GIT_HOOKS)[number];

const OPEN = '# >>> paw-coordinator >>>';
const CLOSE = '# <<< paw-coordinator <<<';
const SHEBANG = /^#![^\n]*(?:\n|$)/;
const SHELL = /^#!.*\b(?:ba|da|k|z|a)?sh\b/;

/** Whether something can be added to a script: a shell runs it. One without a first line of its own counts. */
export function isShellScript(text: string): boolean {
  return !text.startsWith('#!') || SHELL.test(text);
}

/** The script with our call in it, once; an empty text becomes a script of ours alone. */
export function withHookCall(text: string, hook: GitHook, [node, bundle]: readonly [string, string]): string {
  const before = withoutHookCall(text);
  const call = callOf(hook, node, bundle);
  const shebang = SHEBANG.exec(before)?.[0] ?? '';
  const first = shebang === '' || shebang.endsWith('\n') ? shebang : `${shebang}\n`;
  if (isBlankScript(before)) return `${first === '' ? '#!/bin/sh\n' : first}${marked(call)}`;
  const body = before.slice(shebang.length);
  const end = body.endsWith('\n') ? '' : '\n';
  const after = [')', 'paw_status=$?', '[ "$paw_status" -eq 0 ] || exit "$paw_status"', ...call];
  // Without a command the shell takes the brackets of a body of comments for a mistake.
  return `${first}${marked(['(', ':'])}${body}${end}${marked(after)}`;
}

/** The script without our call. */
export function withoutHookCall(text: string): string {
  const kept: string[] = [];
  let isOurs = false;
  for (const line of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    if (line.trimEnd() === OPEN) isOurs = true;
    if (!isOurs) kept.push(line);
    if (line.trimEnd() === CLOSE) isOurs = false;
  }
  return kept.join('');
}

/** Whether a script does nothing: it is blank, or has its first line alone. */
export function isBlankScript(text: string): boolean {
  return text.replace(SHEBANG, '').trim() === '';
}

/** Node and the bundle that a script calls; undefined if it does not call us. */
export function calledBy(text: string): [node: string, bundle: string] | undefined {
  const [, node, bundle] = /^\s*'((?:[^']|'\\'')+)' '((?:[^']|'\\'')+)' git-hook /m.exec(text) ?? [];
  if (node === undefined || bundle === undefined || !text.includes(OPEN)) return undefined;
  return [unquoted(node), unquoted(bundle)];
}

/** One command line that runs our part of a hook. */
export function hookCommand(hook: GitHook, node: string, bundle: string): string {
  return `${quoted(node)} ${quoted(bundle)} git-hook ${hook}`;
}

function callOf(hook: GitHook, node: string, bundle: string): string[] {
  return [
    `if [ -x ${quoted(node)} ] && [ -f ${quoted(bundle)} ]; then`,
    `  ${hookCommand(hook, node, bundle)} || exit $?`,
    'elif command -v paw-coordinator >/dev/null 2>&1; then',
    `  paw-coordinator git-hook ${hook} || exit $?`,
    'else',
    `  echo 'paw-coordinator is gone from where it was, so claims were not looked at; init --git-hooks mends this.' >&2`,
    'fi',
  ];
}

function marked(lines: readonly string[]): string {
  return [OPEN, ...lines, CLOSE, ''].join('\n');
}

/** A path as a shell takes it; the one of git on Windows wants `/`. */
function quoted(path: string): string {
  const slashed = process.platform === 'win32' ? path.replaceAll('\\', '/') : path;
  return `'${slashed.replaceAll("'", "'\\''")}'`;
}

function unquoted(text: string): string {
  return text.replaceAll("'\\''", "'");
}
