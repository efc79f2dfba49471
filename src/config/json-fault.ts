/** Where a text stops being JSON. */
export interface JsonFault {
  /** Index of the first character that does not fit; the text's length if it ends too early. */
  offset: number;
  /** What would be right there. */
  expected: string;
}

type Expecting = keyof typeof WORDS;

const WORDS = {
  value: 'a value',
  valueOrEnd: 'a value or ]',
  key: 'a key in double quotes',
  keyOrEnd: 'a key in double quotes or }',
  colon: ':',
  nextKey: ', or }',
  nextValue: ', or ]',
  nothing: 'the end of the file',
};

const SPACE = /[ \t\r\n]*/y;
/** A text up to its closing quote, or to what may not be in it: control characters, and escapes JSON does not know. */
const TEXT_START = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;
const PUNCTUATION = /[{}[\],:]/y;
const NUMBER_OR_WORD = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/**
 * The first fault of a text as JSON, or undefined if it has none. The messages of `JSON.parse` differ between
 * versions of Node and often name no position.
 */
export function jsonFault(text: string): JsonFault | undefined {
  const open: ('{' | '[')[] = [];
  let expecting: Expecting = 'value';
  let offset = 0;
  for (;;) {
    offset += match(SPACE, text, offset)?.length ?? 0;
    if (offset === text.length && expecting === 'nothing') return undefined;
    const token = tokenAt(text, offset);
    const next: Expecting | undefined = token === undefined ? undefined : after(token, expecting, open);
    if (token === undefined || next === undefined) return { offset, expected: WORDS[expecting] };
    offset += token.length;
    if (token.startsWith('"')) {
      if (text[offset] !== '"') return { offset, expected: endOfText(text[offset]) };
      offset += 1;
    }
    expecting = next;
  }
}

/** The token at `offset`; a text comes without its closing quote. */
function tokenAt(text: string, offset: number): string | undefined {
  return match(PUNCTUATION, text, offset) ?? match(TEXT_START, text, offset) ?? match(NUMBER_OR_WORD, text, offset);
}

function endOfText(found: string | undefined): string {
  return found === '\\' ? 'an escape that JSON knows, such as \\\\ for a backslash' : 'a closing double quote';
}

/** What may follow a token, or undefined if the token itself may not stand here. Keeps the open brackets. */
function after(token: string, expecting: Expecting, open: ('{' | '[')[]): Expecting | undefined {
  switch (expecting) {
    case 'key':
    case 'keyOrEnd':
      if (token.startsWith('"')) return 'colon';
      return token === '}' && expecting === 'keyOrEnd' ? close(open) : undefined;
    case 'colon':
      return token === ':' ? 'value' : undefined;
    case 'nextKey':
      if (token === ',') return 'key';
      return token === '}' ? close(open) : undefined;
    case 'nextValue':
      if (token === ',') return 'value';
      return token === ']' ? close(open) : undefined;
    case 'nothing':
      return undefined;
    case 'value':
    case 'valueOrEnd':
      if (token === '{' || token === '[') {
        open.push(token);
        return token === '{' ? 'keyOrEnd' : 'valueOrEnd';
      }
      if (token === ']' && expecting === 'valueOrEnd') return close(open);
      return /^[}\],:]/.test(token) ? undefined : afterValue(open);
  }
}

function close(open: ('{' | '[')[]): Expecting {
  open.pop();
  return afterValue(open);
}

function afterValue(open: readonly ('{' | '[')[]): Expecting {
  const around = open.at(-1);
  if (around === undefined) return 'nothing';
  return around === '{' ? 'nextKey' : 'nextValue';
}

function match(pattern: RegExp, text: string, offset: number): string | undefined {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0];
}
