import { realpathSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { EDIT_TOOLS, type HookEvent } from '../protocol/hook-events.ts';
import type { HookRequestInput } from '../protocol/hooks.ts';
import { PROTOCOL_VERSION } from '../protocol/version.ts';
import { stateFolder } from '../repository/layout.ts';
import { type PlaceOnDisk, placeOnDisk } from '../repository/place-on-disk.ts';

/** With `PAW_DEBUG` set to this, a hook only finds out whether it gets through; `doctor` does so. */
export const PROBE = 'probe';

/** What a hook asks, and of the coordinator with which state folder. */
export interface HookQuestion {
  stateDir: string;
  request: HookRequestInput;
}

/** The process a hook runs in. */
export interface HookSurroundings {
  env: Record<string, string | undefined>;
  folder: string;
}

/**
 * What a hook of `event` asks, by what its client wrote on stdin. Undefined if that is no JSON object, or the client
 * works in no worktree.
 */
export function questionOf(
  event: HookEvent,
  text: string,
  { env, folder }: HookSurroundings,
): HookQuestion | undefined {
  const input = objectIn(parsed(text));
  if (input === undefined) return undefined;
  const cwd = textIn(input.cwd) ?? folder;
  // The session belongs where it was started; its folder changes with every `cd`, even into another agent's worktree.
  const project = textIn(env.CLAUDE_PROJECT_DIR);
  const place = (project === undefined ? undefined : placeOnDisk(project)) ?? placeOnDisk(cwd);
  if (place === undefined) return undefined;
  const session = textIn(input.session_id);
  const tool = textIn(input.tool_name);
  const path =
    tool !== undefined && EDIT_TOOLS.some((name) => name === tool) ? editedPath(input, cwd, place) : undefined;
  return {
    stateDir: stateFolder(place.commonDir),
    request: {
      protocol: PROTOCOL_VERSION,
      event,
      worktree: place.worktree,
      subagent: textIn(input.agent_id) !== undefined,
      stop_hook_active: input.stop_hook_active === true,
      ...(session !== undefined && { client_session: session }),
      ...(tool !== undefined && { tool }),
      ...(path !== undefined && { path }),
      ...(env.PAW_DEBUG === PROBE && { probe: true }),
    },
  };
}

/** The file to be changed, relative to the root of the worktree it is in; undefined if it is in another repository. */
function editedPath(input: Record<string, unknown>, cwd: string, { commonDir }: PlaceOnDisk): string | undefined {
  const asked = objectIn(input.tool_input);
  const given = textIn(asked?.file_path) ?? textIn(asked?.notebook_path);
  if (given === undefined) return undefined;
  const { folder, file } = realPath(resolve(cwd, given));
  const place = placeOnDisk(folder);
  if (place?.commonDir !== commonDir) return undefined;
  return relative(place.worktree, file).split(sep).join('/');
}

/** A path with links followed, and the folder on the way to it that exists: the file may be new, and its folders too. */
function realPath(path: string): { folder: string; file: string } {
  for (let at = path; ; at = dirname(at)) {
    try {
      const real = realpathSync.native(at);
      return { folder: at === path ? dirname(real) : real, file: join(real, relative(at, path)) };
    } catch {
      if (dirname(at) === at) return { folder: at, file: path };
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function objectIn(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? { ...value } : undefined;
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}
