import { isDeepStrictEqual } from 'node:util';
import { getNodeValue, type Node } from 'jsonc-parser';
import { duplicateKey, notEditable } from '../errors/clients.ts';
import {
  applyEdits,
  commaAfter,
  commentsEnd,
  type Edit,
  indentOf,
  keyTwice,
  lineBreakOf,
  lineIndent,
  treeOf,
} from './json-text.ts';
import { isTable } from './nested.ts';

/** More single changes than any registration needs; beyond it something goes round in circles. */
const CHANGES_MAX = 1000;
const BYTE_ORDER_MARK = '\uFEFF';

/** The value of a JSON file with comments; a blank file is an empty object. Throws `PawError` `invalid`. */
export function readJson(text: string, file: string): unknown {
  const tree = treeOf(withoutMark(text), file);
  return tree === undefined ? {} : plainValue(tree);
}

/**
 * The text changed so that it reads as `wanted`, and nothing else: comments, order, layout and line breaks stay.
 *
 * @param file its name, for errors
 * @throws PawError `invalid` if the text is no JSON or has a key twice, `refused` if it cannot be changed that way
 */
export function patchJson(text: string, wanted: unknown, file: string): string {
  const mark = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : '';
  let patched = withoutMark(text);
  const whole = treeOf(patched, file);
  if (whole === undefined) return `${mark}${JSON.stringify(wanted, null, 2)}\n`;
  // Whoever reads the file sees the last one; the others would be lost.
  const twice = keyTwice(whole);
  if (twice !== undefined) throw duplicateKey(file, twice);
  for (let change = 0; change < CHANGES_MAX; change += 1) {
    const tree = treeOf(patched, file);
    const edits = tree && nextChange(patched, tree, wanted);
    // Every change is looked at again: what cannot be brought to read as wanted is left alone.
    if (edits === undefined) {
      if (isDeepStrictEqual(readJson(patched, file), wanted)) return mark + patched;
      break;
    }
    patched = applyEdits(patched, edits);
  }
  throw notEditable(file);
}

/** The first difference, as edits; undefined if there is none. */
function nextChange(text: string, node: Node, wanted: unknown): Edit[] | undefined {
  const { children = [] } = node;
  if (node.type === 'object' && isTable(wanted)) {
    const known = new Set<string>();
    for (const [index, property] of children.entries()) {
      const [key, value] = property.children ?? [];
      const name = String(key?.value);
      known.add(name);
      if (!Object.hasOwn(wanted, name)) return removal(text, node, index);
      const edits = value && nextChange(text, value, wanted[name]);
      if (edits !== undefined) return edits;
    }
    const name = Object.keys(wanted).find((key) => !known.has(key));
    return name === undefined ? undefined : append(text, node, `${JSON.stringify(name)}: `, wanted[name]);
  }
  if (node.type === 'array' && Array.isArray(wanted)) return nextChangeInList(text, node, wanted);
  if (isDeepStrictEqual(plainValue(node), wanted)) return undefined;
  return [{ at: node.offset, remove: node.length, insert: written(text, wanted, lineIndent(text, node.offset)) }];
}

function nextChangeInList(text: string, node: Node, wanted: readonly unknown[]): Edit[] | undefined {
  const { children = [] } = node;
  const changed = children.findIndex((child, index) => !isDeepStrictEqual(plainValue(child), wanted[index]));
  const first = changed === -1 ? children.length : changed;
  if (children.length > wanted.length) return removal(text, node, first);
  const element = children[first];
  if (element !== undefined) return nextChange(text, element, wanted[first]);
  return first < wanted.length ? append(text, node, '', wanted[first]) : undefined;
}

/** A further element at the end of a list or object, laid out as the others are. */
function append(text: string, node: Node, prefix: string, value: unknown): Edit[] {
  const close = node.offset + node.length - 1;
  const last = node.children?.at(-1);
  const eol = lineBreakOf(text);
  if (last === undefined) {
    const inside = text.slice(node.offset + 1, close);
    const outer = lineIndent(text, node.offset);
    const inner = outer + indentOf(text);
    const kept = inside.trimEnd().length;
    const insert = eol + inner + prefix + written(text, value, inner) + eol + outer;
    return [{ at: node.offset + 1 + kept, remove: inside.length - kept, insert }];
  }
  const end = last.offset + last.length;
  const comma = commaAfter(text, end);
  const isOneLine = !text.slice(node.offset, close).includes('\n');
  if (isOneLine) {
    const insert = ` ${prefix}${JSON.stringify(value)}`;
    return comma === undefined
      ? [{ at: end, remove: 0, insert: `,${insert}` }]
      : [{ at: comma + 1, remove: 0, insert: `${insert},` }];
  }
  const inner = lineIndent(text, last.offset);
  const insert = eol + inner + prefix + written(text, value, inner);
  if (comma !== undefined) return [{ at: commentsEnd(text, comma + 1), remove: 0, insert: `${insert},` }];
  const at = commentsEnd(text, end);
  if (at === end) return [{ at, remove: 0, insert: `,${insert}` }];
  return [
    { at: end, remove: 0, insert: ',' },
    { at, remove: 0, insert },
  ];
}

/** Takes one element out, with the comma that is too many then, and with its line if nothing else is on it. */
function removal(text: string, node: Node, index: number): Edit[] {
  const { children = [] } = node;
  const element = children[index];
  if (element === undefined) return [];
  const end = element.offset + element.length;
  const comma = commaAfter(text, end);
  const own = withLine(text, element.offset, comma === undefined ? end : comma + 1);
  if (children.length === 1) {
    const inside = { at: node.offset + 1, remove: node.length - 2, insert: '' };
    const left = text.slice(inside.at, own.at) + text.slice(own.at + own.remove, inside.at + inside.remove);
    return left.trim() === '' ? [inside] : [own];
  }
  const before = children[index - 1];
  const commaBefore = comma === undefined && before ? commaAfter(text, before.offset + before.length) : undefined;
  return commaBefore === undefined ? [own] : [{ at: commaBefore, remove: 1, insert: '' }, own];
}

/** Takes a span out; with its line and the line break before it, if nothing else is there. */
function withLine(text: string, start: number, end: number): Edit {
  const startsLine = /\r?\n[ \t]*$/.exec(text.slice(0, start))?.[0];
  const endsLine = /^[ \t]*(?=\r?\n|$)/.exec(text.slice(end))?.[0];
  if (startsLine !== undefined && endsLine !== undefined)
    return { at: start - startsLine.length, remove: startsLine.length + end - start + endsLine.length, insert: '' };
  const spaces = startsLine === undefined ? (/[ \t]*$/.exec(text.slice(0, start))?.[0].length ?? 0) : 0;
  return { at: start - spaces, remove: spaces + end - start, insert: '' };
}

/** A value as the file would have it, whose later lines are indented by `indent` more. */
function written(text: string, value: unknown, indent: string): string {
  return JSON.stringify(value, null, indentOf(text)).replaceAll('\n', lineBreakOf(text) + indent);
}

/** The value below a node, in plain objects. */
function plainValue(node: Node): unknown {
  return structuredClone(getNodeValue(node));
}

function withoutMark(text: string): string {
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(BYTE_ORDER_MARK.length) : text;
}
