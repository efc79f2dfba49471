import { StringDecoder } from 'node:string_decoder';

/** A longer line is told in pieces of this length, in characters. */
const LINE_MAX_CHARS = 8 * 1024;

/** Makes lines of output that comes in pieces, whatever characters and lines they cut. */
export class Lines {
  readonly #decoder = new StringDecoder('utf8');
  readonly #tell: (line: string) => void;
  #rest = '';

  constructor(tell: (line: string) => void) {
    this.#tell = tell;
  }

  push(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split(/\r?\n|\r(?!$)/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#tell(line);
    for (; this.#rest.length > LINE_MAX_CHARS; this.#rest = this.#rest.slice(LINE_MAX_CHARS))
      this.#tell(this.#rest.slice(0, LINE_MAX_CHARS));
  }

  /** Tells what came after the last line break. */
  end(): void {
    const last = this.#rest + this.#decoder.end();
    this.#rest = '';
    if (last !== '') this.#tell(last);
  }
}
