/** The words of a collection of texts: in how many texts each is, and which words begin with a given one. */
export class Vocabulary {
  readonly #counts = new Map<string, number>();
  /** Words by how they begin. */
  readonly #byStart = new Map<string, Set<string>>();

  /** Takes in the words of one text; a word that is repeated counts once. */
  add(words: Iterable<string>): void {
    for (const word of new Set(words)) {
      const before = this.#counts.get(word) ?? 0;
      this.#counts.set(word, before + 1);
      if (before > 0) continue;
      const start = startOf(word);
      const others = this.#byStart.get(start);
      if (others) others.add(word);
      else this.#byStart.set(start, new Set([word]));
    }
  }

  /** Takes out the words of a text that was taken in. */
  remove(words: Iterable<string>): void {
    for (const word of new Set(words)) {
      const left = (this.#counts.get(word) ?? 0) - 1;
      if (left > 0) {
        this.#counts.set(word, left);
        continue;
      }
      this.#counts.delete(word);
      this.#byStart.get(startOf(word))?.delete(word);
    }
  }

  /** In how many texts a word is. */
  count(word: string): number {
    return this.#counts.get(word) ?? 0;
  }

  /** Up to `limit` longer words that begin with `word`, the shortest first. One letter begins too many to help. */
  startingWith(word: string, limit: number): string[] {
    if (word.length < START_CHARS) return [];
    const found = [...(this.#byStart.get(startOf(word)) ?? [])].filter(
      (other) => other.length > word.length && other.startsWith(word),
    );
    return found.sort((a, b) => a.length - b.length).slice(0, limit);
  }
}

/** Letters by which words are kept together. */
const START_CHARS = 2;

function startOf(word: string): string {
  return word.slice(0, START_CHARS);
}
