/** Whether the whole text is one pair of angle brackets: `<your question>`, but not `<b>bold</b>`. */
export function isPlaceholder(given: string): boolean {
  const text = given.trim();
  if (!text.startsWith('<') || !text.endsWith('>')) return false;
  let depth = 0;
  for (let i = 0; i < text.length; i += 1) {
    if (text.charAt(i) === '<') depth += 1;
    if (text.charAt(i) === '>') depth -= 1;
    if (depth === 0) return i === text.length - 1;
  }
  return false;
}
