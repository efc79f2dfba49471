/*
 * Words of others inside our own sentences, for people as well as for models: they must not be able to end their
 * quotation, to begin a line, or to hold anything that a reader does not see.
 */

/**
 * Characters that are not seen, or that turn the direction of text, as the inside of a character class: C1 controls,
 * marks, embeddings, overrides, isolates, line separators, byte-order mark, tags, selectors beyond those of emoji.
 * Joiners are not among them, because emoji and several scripts need them.
 */
export const UNSEEN_CLASS =
  '\\u007f-\\u009f\\u00ad\\u061c\\u180e\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u2069\\ufeff\\ufff9-\\ufffb\\u{e0000}-\\u{e0fff}';

const UNSEEN = new RegExp(`[${UNSEEN_CLASS}]`, 'gu');
const UNSEEN_IN_TEXT = new RegExp(`(?!\\n)[\\u0000-\\u001f${UNSEEN_CLASS}]`, 'gu');
const NOT_TO_BE_COPIED = new RegExp(`[\\u0000-\\u001f${UNSEEN_CLASS}]`, 'u');
/** White space and quotation marks part a name from the sentence around it; controls are never seen. */
const NOT_IN_A_NAME = new RegExp(`[\\s"'\`\\u0000-\\u001f${UNSEEN_CLASS}]`, 'u');

/** A value as JSON on one line, in which everything that is not seen is escaped. It is read back as the same value. */
export function visibleJson(value: unknown): string {
  return (JSON.stringify(value) ?? 'null').replace(UNSEEN, escaped);
}

/** A text in which everything that is not seen is escaped; its line breaks stay. */
export function visibleText(text: string): string {
  return text.replace(UNSEEN_IN_TEXT, escaped);
}

/** A text in quotation marks, on one line. */
export function quote(text: string): string {
  return visibleJson(text);
}

/** A path or another name as it is, if it can be told from the sentence around it; otherwise quoted. */
export function quoteName(name: string): string {
  return name === '' || NOT_IN_A_NAME.test(name) ? quote(name) : name;
}

/**
 * A word of a command line that people or agents copy: a POSIX shell takes it for this text and nothing else. What
 * cannot be shown on one line as it is becomes an ellipsis.
 */
export function shellWord(text: string): string {
  if (NOT_TO_BE_COPIED.test(text)) return '…';
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function escaped(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
