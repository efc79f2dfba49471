/** Command lines as clients keep them in their settings: words for a shell, and nothing else of a shell. */

/** One line of which a shell makes these words; double quotes are what all shells of the clients have in common. */
export function lineOf(words: readonly string[]): string {
  return words.map(quoted).join(' ');
}

/** A line as its words, if it is nothing but words; else undefined. */
export function wordsOf(line: string): string[] | undefined {
  if (!/^(?:(?:[\w@%+=:,./\\-]+|"(?:[^"\\$`]|\\.)*")(?: |$))+$/.test(line)) return undefined;
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|[^ ]+/g)].map(([word, inside]) =>
    inside === undefined ? word : inside.replaceAll(/\\(["\\$`])/g, '$1'),
  );
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `"${word.replaceAll(/(["\\$`])/g, '\\$1')}"`;
}
