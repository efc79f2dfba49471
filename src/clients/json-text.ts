import { createScanner, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { brokenJson } from '../errors/clients.ts';

/** Positions in the text of a JSON file with comments, and how it is laid out. */

/** A replacement of part of a text. */
export interface Edit {
  at: number;
  /** How many characters go. */
  remove: number;
  insert: string;
}

/** The tree of the text; comments and trailing commas are allowed. A blank text has none. */
export function treeOf(text: string, file: string): Node | undefined {
  if (text.trim() === '') return undefined;
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error !== undefined || tree === undefined) {
    const at = error?.offset ?? 0;
    throw brokenJson(file, lineAt(text, at), error === undefined ? 'it is empty' : printParseErrorCode(error.error));
  }
  return tree;
}

/** A key that an object has twice, by the keys that lead to it: `mcpServers.paw`. Undefined if there is none. */
export function keyTwice({ type, children = [] }: Node): string | undefined {
  const seen = new Set<string>();
  for (const child of children) {
    const [key, value] = type === 'object' ? (child.children ?? []) : [undefined, child];
    const name = String(key?.value);
    if (key !== undefined && seen.has(name)) return name;
    seen.add(name);
    const inside = value && keyTwice(value);
    if (inside !== undefined) return key === undefined ? inside : `${name}.${inside}`;
  }
  return undefined;
}

/** Makes edits that do not overlap. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  const backwards = [...edits].sort((a, b) => b.at - a.at);
  return backwards.reduce((done, { at, remove, insert }) => done.slice(0, at) + insert + done.slice(at + remove), text);
}

/** The line break that the text uses. */
export function lineBreakOf(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? '\n';
}

/** What one level is indented by: as much as the first indented line, or two spaces. */
export function indentOf(text: string): string {
  return /(?:^|\n)([ \t]+)(?=["{[\]}])/.exec(text)?.[1] ?? '  ';
}

/** The white space before whatever begins the line of `at`. */
export function lineIndent(text: string, at: number): string {
  const start = text.lastIndexOf('\n', at - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start, at))?.[0] ?? '';
}

/** Where the comma after a value is; undefined if what follows it is the end of its list or object. */
export function commaAfter(text: string, end: number): number | undefined {
  const scanner = createScanner(text, true);
  scanner.setPosition(end);
  scanner.scan();
  const at = scanner.getTokenOffset();
  return text[at] === ',' ? at : undefined;
}

/** Where the comments that stand behind a value on its own line end. */
export function commentsEnd(text: string, at: number): number {
  const found = /^(?:[ \t]*(?:\/\/[^\r\n]*|\/\*(?:(?!\*\/)[^\r\n])*\*\/))+/.exec(text.slice(at));
  return at + (found?.[0].length ?? 0);
}

function lineAt(text: string, at: number): number {
  return text.slice(0, at).split('\n').length;
}
