import { crc32 } from 'node:zlib';

/*
 * A line of a journal segment is `{"c":"<checksum>","r":<content>}`, where the checksum is that of the content's
 * bytes as they stand there. It is read without parsing the outer object, so a checksum is checked before any JSON.
 */

const OPENING = Buffer.from('{"c":"');
const MIDDLE = Buffer.from('","r":');
const CHECKSUM_CHARS = 8;
const CONTENT_AT = OPENING.length + CHECKSUM_CHARS + MIDDLE.length;
const NEWLINE = 0x0a;
const CLOSING = 0x7d;

/** One line, with its newline, that holds `content` as JSON. */
export function encodeLine(content: object): string {
  const text = JSON.stringify(content);
  return `{"c":"${checksum(text)}","r":${text}}\n`;
}

/** The JSON text in the line that is `bytes` (without its newline); undefined if the line is damaged. */
export function decodeLine(bytes: Buffer): string | undefined {
  const contentEnd = bytes.length - 1;
  if (contentEnd <= CONTENT_AT || bytes[contentEnd] !== CLOSING) return undefined;
  if (!startsWith(bytes, OPENING, 0) || !startsWith(bytes, MIDDLE, CONTENT_AT - MIDDLE.length)) return undefined;
  const content = bytes.subarray(CONTENT_AT, contentEnd);
  const written = bytes.toString('latin1', OPENING.length, OPENING.length + CHECKSUM_CHARS);
  return written === checksum(content) ? content.toString('utf8') : undefined;
}

/** The line that begins at `start`, without its newline, and where the next one begins. */
export function lineAt(bytes: Buffer, start: number): { line: Buffer; next: number } {
  const newline = bytes.indexOf(NEWLINE, start);
  const end = newline === -1 ? bytes.length : newline;
  return { line: bytes.subarray(start, end), next: newline === -1 ? end : newline + 1 };
}

/** Whether an undamaged line begins anywhere after `offset`, be it in the middle of a damaged one. */
export function hasValidLineAfter(bytes: Buffer, offset: number): boolean {
  for (let at = bytes.indexOf(OPENING, offset + 1); at !== -1; at = bytes.indexOf(OPENING, at + 1)) {
    if (decodeLine(lineAt(bytes, at).line) !== undefined) return true;
  }
  return false;
}

/** CRC-32 of these parts one after the other, in 8 hexadecimal digits; of a text, that of its UTF-8 bytes. */
export function checksum(...parts: (string | Uint8Array)[]): string {
  const sum = parts.reduce((before, part) => crc32(part, before), 0);
  return sum.toString(16).padStart(CHECKSUM_CHARS, '0');
}

function startsWith(bytes: Buffer, expected: Buffer, at: number): boolean {
  return bytes.compare(expected, 0, expected.length, at, at + expected.length) === 0;
}
