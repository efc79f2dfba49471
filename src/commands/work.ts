import type { WorkAnswer } from '../protocol/work.ts';
import { NO_TREE, worktreeTree } from '../tools/tree.ts';
import { work as workTool } from '../tools/work.ts';
import { withCoordinator } from './coordinator-link.ts';
import { print, printJson, stdoutLook } from './output.ts';
import { safeLine } from './render/safe-text.ts';
import { workItemLines, workLines } from './render/work.ts';

/** What a person asks of the list of work; the same input as the tool of agents has. */
export type WorkInput = { action: string } & Readonly<Record<string, unknown>>;

/** `paw-coordinator work`: what is to be done, and what has become of it. */
export async function work(input: WorkInput, { json = false }: { json?: boolean | undefined }): Promise<void> {
  const answer = await withCoordinator(async (link, { worktree }) => {
    const tree = worktree === undefined ? NO_TREE : worktreeTree(worktree);
    const { signal } = new AbortController();
    const said = await workTool.handler(input, { client: link, tree, signal, handOut: ignore, takeBack: ignore });
    // The tool hands on what the coordinator answers to this method.
    return said as WorkAnswer;
  });
  const { item, items, more, worktree } = answer;
  if (json) return printJson({ item, items, more, worktree });
  const look = stdoutLook();
  if (items) {
    if (items.length === 0) return print(nothing(input.stage));
    print(...workLines(items, look));
    if (more !== undefined) print(`  and ${more} more; --stage narrows the list`);
  }
  if (item) print(...(input.action === 'show' ? workItemLines(item, look) : workLines([item], look)));
  if (worktree?.removed === true) print(`  Its worktree ${safeLine(worktree.path)} was removed.`);
  if (worktree?.removed === false)
    print(`  Its worktree ${safeLine(worktree.path)} was left: ${safeLine(worktree.why ?? '')}.`);
}

function nothing(stage: unknown): string {
  return typeof stage === 'string'
    ? `There is nothing in ${stage}.`
    : 'There is nothing on the list. `paw-coordinator work add <title>` adds something.';
}

function ignore(): void {}
