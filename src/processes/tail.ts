/** Keeps the end of what a program prints, however much it prints. */
export class Tail {
  readonly #maxBytes: number;
  #bytes = Buffer.alloc(0);

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(chunk: Buffer): void {
    const isEnough = chunk.length >= this.#maxBytes;
    this.#bytes = Buffer.from(lastBytes(isEnough ? chunk : Buffer.concat([this.#bytes, chunk]), this.#maxBytes));
  }

  /** The end as text of at most that many bytes, which begins with a whole character. Bytes that are no UTF-8 are `�`. */
  text(): string {
    const text = fromFirstCharacter(this.#bytes).toString('utf8');
    // Each such byte has become three.
    return fromFirstCharacter(lastBytes(Buffer.from(text), this.#maxBytes)).toString('utf8');
  }
}

function lastBytes(bytes: Buffer, count: number): Buffer {
  return bytes.subarray(Math.max(0, bytes.length - count));
}

/** Without the rest of a character whose beginning was cut off: at most three bytes of the form 10xxxxxx. */
function fromFirstCharacter(bytes: Buffer): Buffer {
  let start = 0;
  while (start < 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return bytes.subarray(start);
}
