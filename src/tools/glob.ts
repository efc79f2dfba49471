/**
 * Patterns are handed on as picomatch patterns without extended globs and without negation: parentheses, bars,
 * quotes and a leading `!` are literal characters, and so are braces without a partner. Picomatch itself takes
 * an unescaped `[id]` for the class and for the literal name.
 */

/** Whether a path may be a pattern at all. Brackets alone do not make one: `app/[id]/page.tsx` is a file. */
export function looksLikeGlob(path: string): boolean {
  return /[*?{]/.test(path);
}

/** Whether a segment of a pattern can stand for more than one name. A backslash is an escape there. */
export function isPatternSegment(segment: string): boolean {
  return /[*?{\\]/.test(segment);
}

/** Whether a segment has a class of characters, unless a file or folder has that name. */
export function hasBrackets(segment: string): boolean {
  return segment.includes('[');
}

/** The pattern that matches exactly this text. */
export function escapeLiteral(text: string): string {
  return text.replace(/[\\*?{}[\]()|!"]/g, '\\$&');
}

/** The pattern with everything escaped that is literal here and has a meaning for picomatch. */
export function escapePattern(pattern: string): string {
  const lonely = lonelyBraces(pattern);
  let escaped = '';
  for (let i = 0; i < pattern.length; i += 1) {
    const char = pattern.charAt(i);
    if (char === '\\') {
      escaped += pattern.slice(i, i + 2);
      i += 1;
    } else {
      const literal = '()|"'.includes(char) || (char === '!' && i === 0) || lonely.has(i);
      escaped += literal ? `\\${char}` : char;
    }
  }
  return escaped;
}

/** Indices of braces without a partner: picomatch makes a pattern of them that matches nothing. */
function lonelyBraces(pattern: string): Set<number> {
  const open: number[] = [];
  const lonely = new Set<number>();
  for (let i = 0; i < pattern.length; i += 1) {
    const char = pattern.charAt(i);
    if (char === '\\') i += 1;
    else if (char === '{') open.push(i);
    else if (char === '}' && open.pop() === undefined) lonely.add(i);
  }
  for (const index of open) lonely.add(index);
  return lonely;
}
