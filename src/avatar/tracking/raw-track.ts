import type { InputFile } from '../../platform/index.ts';
import { platform, type TemporaryFile } from '../../platform/index.ts';
import { LANDMARK_COUNT } from '../analysis/types.ts';

/** Numbers of one record: landmarks, then the cues. */
const LANDMARKS = LANDMARK_COUNT * 3;
/** Records that are read at once. */
const BLOCK = 32;
/** Blocks that are kept in memory, some megabytes: a track is read several times over, a short one from memory. */
const KEPT = 16;

/** What was measured of one face in one frame, before any smoothing. */
export interface RawFace {
  /** As in `TrackedFace`. A view into memory that is valid for a while only. */
  readonly landmarks: Float32Array;
  /** The measured cues, as written. */
  readonly cues: Float32Array;
}

/**
 * What was measured in every frame of one face, in a private file: a minute of landmarks takes 9 MB, and clips can be long.
 * Frames are added in order and then read in any.
 */
export class RawTrack implements AsyncDisposable {
  readonly #file: TemporaryFile;
  readonly #cueCount: number;
  readonly #stride: number;
  /** Number of the record of each frame, -1 where the face was not seen. */
  #records: Int32Array = new Int32Array(1024).fill(-1);
  #count = 0;
  #waiting: Float32Array[] = [];
  #input: InputFile | undefined;
  readonly #blocks = new Map<number, Float32Array>();
  /** One past the last frame seen. */
  end = 0;

  private constructor(file: TemporaryFile, cueCount: number) {
    this.#file = file;
    this.#cueCount = cueCount;
    this.#stride = LANDMARKS + cueCount;
  }

  /** @param cueCount - How many cues come with each face. */
  static async create(cueCount: number): Promise<RawTrack> {
    return new RawTrack(await platform().createTemporaryFile('.track'), cueCount);
  }

  /** How many frames show the face. */
  get seen(): number {
    return this.#count;
  }

  /** Whether the face was seen in a frame. */
  has(frame: number): boolean {
    return frame >= 0 && frame < this.end && this.#records[frame]! >= 0;
  }

  /** Adds what was measured in `frame`, a later one than all before. */
  async add(frame: number, landmarks: Float32Array, cues: ArrayLike<number>): Promise<void> {
    if (frame >= this.#records.length) {
      const longer = new Int32Array(Math.max(frame + 1, 2 * this.#records.length)).fill(-1);
      longer.set(this.#records);
      this.#records = longer;
    }
    this.#records[frame] = this.#count++;
    this.end = frame + 1;
    const record = new Float32Array(this.#stride);
    record.set(landmarks.subarray(0, LANDMARKS));
    record.set(cues, LANDMARKS);
    this.#waiting.push(record);
    if (this.#waiting.length >= BLOCK) await this.#flush();
  }

  /** Ends writing. */
  async finish(): Promise<void> {
    await this.#flush();
    await this.#file.close();
  }

  async #flush(): Promise<void> {
    const block = new Float32Array(this.#stride * this.#waiting.length);
    for (const [i, record] of this.#waiting.entries()) block.set(record, i * this.#stride);
    this.#waiting = [];
    if (block.length > 0) await this.#file.write(new Uint8Array(block.buffer));
  }

  /** What was measured in a frame; `null` where the face was not seen. Only after {@link RawTrack.finish}. */
  async at(frame: number): Promise<RawFace | null> {
    if (!this.has(frame)) return null;
    const record = this.#records[frame]!;
    const block = await this.#block(Math.floor(record / BLOCK));
    const from = (record % BLOCK) * this.#stride;
    return {
      landmarks: block.subarray(from, from + LANDMARKS),
      cues: block.subarray(from + LANDMARKS, from + LANDMARKS + this.#cueCount),
    };
  }

  async #block(number: number): Promise<Float32Array> {
    const known = this.#blocks.get(number);
    if (known) return known;
    this.#input ??= await platform().openInput(this.#file.path);
    const bytes = this.#stride * 4 * BLOCK;
    const read = await this.#input.read(number * bytes, bytes);
    const block = new Float32Array(read.buffer, read.byteOffset, read.length / 4);
    this.#blocks.set(number, block);
    if (this.#blocks.size > KEPT) this.#blocks.delete(this.#blocks.keys().next().value!);
    return block;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input?.[Symbol.asyncDispose]();
    await this.#file[Symbol.asyncDispose]();
  }
}
