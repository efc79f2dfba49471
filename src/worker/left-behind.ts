import { quoteName } from '../errors/quote.ts';

/** How many files are named before the rest is counted. */
const FILES_NAMED = 5;

/** Names files that nobody committed: "not committed: a.txt, b.txt and 3 more"; empty without any. */
export function leftBehind(files: readonly string[]): string {
  if (files.length === 0) return '';
  const more = files.length > FILES_NAMED ? ` and ${files.length - FILES_NAMED} more` : '';
  return `not committed: ${files.slice(0, FILES_NAMED).map(quoteName).join(', ')}${more}`;
}
