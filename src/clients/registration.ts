import { nameTaken, oddlyShaped } from '../errors/clients.ts';
import { type Client, type Entry, SERVER_NAME } from './client.ts';
import { patchJson, readJson } from './json-patch.ts';
import { isTable, type Table, valueAt, withValueAt } from './nested.ts';
import type { OwnArguments } from './recognition.ts';
import { readToml, withoutTable, withTable, withValues } from './toml-section.ts';

/** The entry of our server in one client's file: looking at it, writing it, taking it out. */

export interface Registering {
  client: Client;
  /** The file's name, for errors. */
  file: string;
  /** Tells our server from others of that name. */
  ownArguments: OwnArguments;
}

/** The words of the command that a file registers under our name; undefined if it registers none. */
export function registeredWords({ client, file }: Registering, text: string): readonly string[] | undefined {
  const entry = valueAt(...placeIn(client, text, file));
  return isTable(entry) ? wordsOf(entry) : undefined;
}

/**
 * The text with our server registered. One that is registered already gets the new command and keeps the rest: its
 * own arguments, environment and whatever else the user gave it.
 *
 * @param words the command that serves, without `mcp`
 * @throws PawError if the file cannot be read, or the name is another server's
 */
export function withRegistration(at: Registering, text: string, words: readonly string[]): string {
  const { client, file } = at;
  const [document, keys] = placeIn(client, text, file);
  const known = valueAt(document, keys);
  if (known === undefined) {
    const entry = client.entry([...words, 'mcp']);
    return client.format === 'toml'
      ? withTable(text, keys, { ...entry }, file)
      : patchJson(text, withValueAt(document, keys, entry), file);
  }
  const before = isTable(known) ? wordsOf(known) : [];
  const own = at.ownArguments(before);
  if (!isTable(known) || own === undefined) throw nameTaken(file, SERVER_NAME, before.join(' '));
  const { command, args } = client.entry([...words, ...(own[0] === 'mcp' ? own : ['mcp'])]);
  const values = { command, ...(args !== undefined && { args }) };
  return client.format === 'toml'
    ? withValues(text, keys, values, file)
    : patchJson(text, withValueAt(document, keys, { ...known, ...values }), file);
}

/** The text without our server, and without what is empty for want of it. */
export function withoutRegistration({ client, file, ownArguments }: Registering, text: string): string {
  const [document, keys] = placeIn(client, text, file);
  const known = valueAt(document, keys);
  if (!isTable(known) || ownArguments(wordsOf(known)) === undefined) return text;
  return client.format === 'toml'
    ? withoutTable(text, keys, file)
    : patchJson(text, withValueAt(document, keys, undefined), file);
}

/** What the file holds, and the keys of our entry in it. */
function placeIn(client: Client, text: string, file: string): [document: Table, keys: readonly string[]] {
  const document = client.format === 'toml' ? readToml(text, file) : readJson(text, file);
  if (!isTable(document)) throw oddlyShaped(file, 'the whole file');
  const keys = client.keys(document);
  for (let depth = 1; depth < keys.length; depth += 1) {
    const above = valueAt(document, keys.slice(0, depth));
    if (above !== undefined && !isTable(above)) throw oddlyShaped(file, keys.slice(0, depth).join('.'));
  }
  return [document, keys];
}

function wordsOf({ command, args }: Entry): readonly string[] {
  return [command, args].flat().filter((word) => typeof word === 'string');
}
