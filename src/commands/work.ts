import { inWordsOfCommands } from '../errors/commands.ts';
import type { LinkClient } from '../link/client.ts';
import { WORK_LISTED_MAX } from '../protocol/limits.ts';
import type { Stage, WorkAnswer, WorkRow } from '../protocol/work.ts';
import { NO_TREE, worktreeTree } from '../tools/tree.ts';
import { work as workTool } from '../tools/work.ts';
import { withCoordinator } from './coordinator-link.ts';
import { print, printJson, stdoutLook } from './output.ts';
import { safeLine } from './render/safe-text.ts';
import { workItemLines, workLines } from './render/work.ts';

/** What a person does with an item; the same input as the tool of agents has. */
export type WorkInput = { action: string } & Readonly<Record<string, unknown>>;

interface Options {
  json?: boolean | undefined;
}

/** `paw-coordinator work list`: all that is to be done, or all in one stage. */
export async function listWork(stage: Stage | undefined, { json = false }: Options): Promise<void> {
  const items = await withCoordinator((link) => allItems(link, stage));
  if (json) return printJson({ items });
  if (items.length > 0) return print(...workLines(items, stdoutLook()));
  print(
    stage === undefined
      ? 'There is nothing on the list. `paw-coordinator work add <title>` adds something.'
      : `There is nothing in ${stage}.`,
  );
}

/** The other commands of `paw-coordinator work`: an item, and what has become of it. */
export async function work(input: WorkInput, { json = false }: Options): Promise<void> {
  const { item, note, worktree } = await withCoordinator(async (link, place) => {
    const tree = place.worktree === undefined ? NO_TREE : worktreeTree(place.worktree);
    const { signal } = new AbortController();
    const said = await workTool
      .handler(input, { client: link, tree, signal, handOut: ignore, takeBack: ignore })
      .catch((error: unknown) => {
        throw inWordsOfCommands(error);
      });
    // The tool hands on what the coordinator answers to this method.
    return said as WorkAnswer;
  });
  if (json) return printJson({ item, note, worktree });
  const look = stdoutLook();
  if (item) print(...(input.action === 'show' ? workItemLines(item, look) : workLines([item], look)));
  if (note !== undefined) print(`  ${safeLine(note)}`);
  if (worktree?.removed === true) print(`  Its worktree ${safeLine(worktree.path)} was removed.`);
  if (worktree?.removed === false)
    print(`  Its worktree ${safeLine(worktree.path)} was left: ${safeLine(worktree.why ?? '')}.`);
}

/** Reads the list part by part. What moves meanwhile is shown once, as it was seen last. */
async function allItems(link: LinkClient, stage: Stage | undefined): Promise<WorkRow[]> {
  const found = new Map<string, WorkRow>();
  for (let skip = 0; ; skip += WORK_LISTED_MAX) {
    const { items = [], more } = await link.request('work', { action: 'list', stage, skip });
    for (const item of items) found.set(item.id, item);
    if (more === undefined) return [...found.values()];
  }
}

function ignore(): void {}
