import { UNSEEN_CLASS } from '../../errors/quote.ts';

/** Width of a tab that is shown in running text, in columns. */
const TAB = '    ';
/** Above these code points Unicode has a visible picture of each C0 control character. */
const CONTROL_PICTURES = 0x2400;
const DELETE = 0x7f;
const DELETE_PICTURE = '\u2421';

/** What a terminal obeys, and what is not seen there. */
const UNSAFE = new RegExp(`[\\u0000-\\u001f${UNSEEN_CLASS}]`, 'gu');

/** Text of others as one line that is safe to print: white space collapsed, control characters made visible. */
export function safeLine(text: string): string {
  return text.replace(/\s+/gu, ' ').trim().replace(UNSAFE, visible);
}

/** Text of others as safe lines; its own line breaks are kept. */
export function safeLines(text: string): string[] {
  return text
    .trimEnd()
    .split(/\r\n|\n|\r/u)
    .map((line) => line.replaceAll('\t', TAB).trimEnd().replace(UNSAFE, visible));
}

function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(CONTROL_PICTURES + code);
  if (code === DELETE) return DELETE_PICTURE;
  return `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
}
