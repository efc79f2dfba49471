/** Values deep inside of what a file holds, by the keys that lead to them. */

export type Table = Record<string, unknown>;

/** What stands at a path of keys; undefined if there is nothing. */
export function valueAt(document: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, key) => (isTable(at) && Object.hasOwn(at, key) ? at[key] : undefined), document);
}

/**
 * A copy in which this value stands at the path. Without a value there is nothing there, and what is empty for want
 * of it is gone too.
 */
export function withValueAt(document: Table, [key = '', ...rest]: readonly string[], value: unknown): Table {
  const { [key]: inner, ...others } = document;
  const changed = rest.length === 0 ? value : withValueAt(isTable(inner) ? inner : {}, rest, value);
  const isEmpty = isTable(changed) && Object.keys(changed).length === 0;
  return changed === undefined || (value === undefined && isEmpty) ? others : { ...document, [key]: changed };
}

export function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
