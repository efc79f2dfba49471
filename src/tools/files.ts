import { backwardsRange, type FieldName, halfARegion, tooMany, wrongValue } from '../errors/input.ts';
import { PATHS_MAX } from '../protocol/limits.ts';
import { type FileEntry, REGION_KINDS, type Region, regionSchema, type Target } from '../protocol/targets.ts';
import { allowedIn } from './fields.ts';
import { type Input, nameOf, nameWithin } from './input.ts';
import { isHalfARegion, regionText, splitRegion } from './region-text.ts';
import { locate, type Place } from './targets.ts';
import type { Tree } from './tree.ts';

/** A file list, resolved in the caller's worktree. */
export interface Files {
  /** The entries in the form they were written in, with their paths resolved. */
  entries: FileEntry[];
  /** What they stand for: one target for each part, each once. */
  targets: Target[];
}

/** A valid region of each kind, for errors. */
const REGION_EXAMPLES: Record<Region['kind'], string> = {
  function: '{"kind":"function","name":"login"}',
  class: '{"kind":"class","name":"User"}',
  block: '{"kind":"block","anchor":"// routes"}',
  range: '{"kind":"range","start_line":10,"end_line":30}, lines counted from 1',
};

/**
 * Reads the file list in a field; undefined if the field was not given.
 *
 * @throws PawError `invalid` naming the entry that is no path in the caller's worktree, or its bad part
 */
export function readFiles(input: Input, field: string, tree: Tree): Files | undefined {
  const given = input.values[field];
  if (given === undefined) return undefined;
  if (!Array.isArray(given)) throw wrongValue(input.call, nameOf(input, field), whatFilesAre(input, field), given);
  if (given.length > PATHS_MAX) throw tooMany(input.call, nameOf(input, field), given.length, PATHS_MAX);

  const entries: FileEntry[] = [];
  const targets = new Map<string, Target>();
  given.forEach((entry: unknown, i) => {
    const file = readEntry(input, field, i, entry, tree);
    entries.push(file.entry);
    for (const target of file.targets) targets.set(targetText(target), target);
  });
  if (targets.size > PATHS_MAX) throw tooMany(input.call, nameOf(input, field), targets.size, PATHS_MAX);
  return { entries, targets: [...targets.values()] };
}

/** A target as one text: `src/a.ts`, `src/a.ts#function:login`. */
export function targetText(target: Target): string {
  return target.path + regionText(target.region);
}

function readEntry(
  input: Input,
  field: string,
  index: number,
  entry: unknown,
  tree: Tree,
): { entry: FileEntry; targets: Target[] } {
  const { path, regions } = partsOf(input, field, index, entry);
  const place: Place = { call: input.call, field: nameWithin(input, field, [index]) };

  if (regions !== undefined) {
    const location = locate(path, tree, place);
    const checked = regions.map((region, i) => readRegion(input, field, [index, 'regions', i], region));
    return {
      entry: { path: location.path, regions: checked },
      targets: checked.map((region) => ({ ...location, region })),
    };
  }
  // A file may be called what would otherwise be a part of one.
  const isFile = tree.exists(path);
  if (!isFile && isHalfARegion(path)) throw halfARegion(place.call, place.field, path);
  const { path: file, region, suffix } = isFile ? { path, suffix: '' } : splitRegion(path);
  const location = locate(file, tree, place);
  const text = location.path + suffix;
  const target = region === undefined ? location : { ...location, region: checkRegion(place, region, region) };
  return { entry: typeof entry === 'string' ? text : { path: text }, targets: [target] };
}

/** Takes an entry of either form apart. Its parts are not judged yet. */
function partsOf(input: Input, field: string, index: number, entry: unknown): { path: string; regions?: unknown[] } {
  if (typeof entry === 'string') return { path: entry };
  if (typeof entry !== 'object' || entry === null || !('path' in entry)) {
    throw wrongValue(
      input.call,
      nameWithin(input, field, [index]),
      'a path, or an object with path and regions',
      entry,
    );
  }
  const { path, ...rest } = entry;
  if (typeof path !== 'string') {
    throw wrongValue(input.call, nameWithin(input, field, [index, 'path']), 'a text', path);
  }
  const stranger = Object.keys(rest).find((key) => key !== 'regions');
  if (stranger !== undefined) {
    throw wrongValue(input.call, nameWithin(input, field, [index]), 'an object with path and regions only', entry);
  }
  return 'regions' in rest && Array.isArray(rest.regions) ? { path, regions: rest.regions } : { path };
}

function readRegion(input: Input, field: string, within: readonly PropertyKey[], region: unknown): Region {
  const kinds = REGION_KINDS.join(', ');
  if (typeof region !== 'object' || region === null) {
    const allowed = `an object whose kind is one of ${kinds}, as ${REGION_EXAMPLES.function}`;
    throw wrongValue(input.call, nameWithin(input, field, within), allowed, region);
  }
  const kind = 'kind' in region ? region.kind : undefined;
  if (!REGION_KINDS.some((known) => known === kind)) {
    throw wrongValue(input.call, nameWithin(input, field, [...within, 'kind']), `one of ${kinds}`, kind ?? null);
  }
  return checkRegion({ call: input.call, field: nameWithin(input, field, within) }, region, region);
}

/** Checks a region whose kind is known. */
function checkRegion(place: Place, region: unknown, given: object): Region {
  const result = regionSchema.safeParse(region);
  if (!result.success) throw badRegion(place, result.error.issues[0]?.path ?? [], given);
  const { data } = result;
  if (data.kind === 'range' && data.start_line > data.end_line) {
    throw backwardsRange(place.call, place.field, data.start_line, data.end_line);
  }
  return data;
}

function badRegion({ call, field }: Place, path: readonly PropertyKey[], given: object): Error {
  const kind = REGION_KINDS.find((known) => 'kind' in given && given.kind === known) ?? 'function';
  const key = path.map((part) => `.${String(part)}`).join('');
  const name: FieldName = {
    name: field.name + key,
    written: field.written === undefined ? undefined : field.written + key,
  };
  return wrongValue(call, name, `as in ${REGION_EXAMPLES[kind]}`, given);
}

function whatFilesAre(input: Input, field: string): string {
  const known = input.fields[field];
  return known === undefined ? 'a list of paths' : allowedIn(known);
}
