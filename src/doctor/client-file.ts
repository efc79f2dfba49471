/*
 * Reads what clients' configuration files hold, for a look only: comments and commas at the end are passed over.
 */

const BYTE_ORDER_MARK = '\uFEFF';

/** The content of a JSON file that may hold comments and trailing commas. Throws a `SyntaxError` if it is none. */
export function readJsonc(text: string): unknown {
  const plain = text.replace(BYTE_ORDER_MARK, '');
  // Strings are matched first, so that what looks like a comment in one is left alone.
  const uncommented = plain.replaceAll(/("(?:[^"\\]|\\.)*")|\/\/[^\r\n]*|\/\*.*?\*\//gs, (_, text = '') => text);
  return JSON.parse(uncommented.replaceAll(/("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])/g, (_, text = '') => text));
}

/** The value below some keys; undefined where one of them is missing. */
export function valueAt(content: unknown, keys: readonly string[]): unknown {
  let value = content;
  for (const key of keys) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.entries(value).find(([name]) => name === key)?.[1];
  }
  return value;
}

/** The table of this dotted name in a TOML file, with its strings, lists of strings and numbers; undefined if it is not there. */
export function readTomlTable(text: string, name: readonly string[]): Record<string, unknown> | undefined {
  const header = new RegExp(`^[ \\t]*\\[[ \\t]*${name.map(keyPattern).join('[ \\t]*\\.[ \\t]*')}[ \\t]*\\]`, 'm').exec(
    text,
  );
  if (header === null) return undefined;
  const body = text.slice(header.index + header[0].length);
  const end = /^[ \t]*\[/m.exec(body)?.index ?? body.length;
  const table: Record<string, unknown> = {};
  const pairs = body
    .slice(0, end)
    .matchAll(/^[ \t]*([\w-]+)[ \t]*=[ \t]*(\[[^\]]*\]|"(?:[^"\\]|\\.)*"|'[^']*'|[\d.]+)/gm);
  for (const [, key = '', value = ''] of pairs) table[key] = tomlValue(value);
  return table;
}

function tomlValue(text: string): unknown {
  if (text.startsWith('[')) return [...text.matchAll(/"(?:[^"\\]|\\.)*"|'[^']*'/g)].map(([item]) => tomlValue(item));
  if (text.startsWith("'")) return text.slice(1, -1);
  if (text.startsWith('"')) return text.slice(1, -1).replaceAll(/\\(.)/g, '$1');
  return Number(text);
}

function keyPattern(key: string): string {
  return `(?:${key}|"${key}"|'${key}')`;
}
