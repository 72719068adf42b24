import type { ByteInput } from '../input.ts';

/** Bytes read from a file at a time. */
const PIECE = 1 << 16;

/** The bytes of an input from `start` to its end, in pieces. */
export async function* readPieces(input: ByteInput, start = 0): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = start; at < input.size; ) {
    const piece = await input.read(at, PIECE);
    if (piece.length === 0) return;
    at += piece.length;
    yield piece;
  }
}

/** Reads a byte stream front to back with look-ahead. */
export class ByteReader {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #buffer: Uint8Array = new Uint8Array(0);
  #position = 0;

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** Bytes taken or skipped so far. */
  get position(): number {
    return this.#position;
  }

  /** Looks at up to `length` next bytes without taking them; fewer only at the end. Valid until the next call. */
  async peek(length: number): Promise<Uint8Array> {
    while (this.#buffer.length < length) {
      const { value, done } = await this.#pieces.next();
      if (done) break;
      const joined = new Uint8Array(this.#buffer.length + value.length);
      joined.set(this.#buffer);
      joined.set(value, this.#buffer.length);
      this.#buffer = joined;
    }
    return this.#buffer.subarray(0, length);
  }

  /** Takes up to `length` bytes; fewer only at the end. */
  async take(length: number): Promise<Uint8Array> {
    const bytes = await this.peek(length);
    this.#advance(bytes.length);
    return bytes;
  }

  /** Takes what is there, at least one byte and at most `limit`; nothing only at the end. */
  async takeSome(limit: number): Promise<Uint8Array> {
    await this.peek(1);
    return this.take(Math.min(limit, this.#buffer.length));
  }

  /** Passes over bytes. Returns how many there were. */
  async skip(length: number): Promise<number> {
    let left = length;
    while (left > 0) {
      const passed = (await this.takeSome(left)).length;
      if (passed === 0) break;
      left -= passed;
    }
    return length - left;
  }

  #advance(length: number): void {
    this.#buffer = this.#buffer.subarray(length);
    this.#position += length;
  }
}
