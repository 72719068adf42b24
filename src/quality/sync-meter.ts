import type { Network } from '../core/network.ts';
import { type SyncDistance, syncDistance } from './sync-distance.ts';

/** Side of the pictures that SyncNet takes. */
export const SYNC_SIDE = 224;
const AREA = SYNC_SIDE * SYNC_SIDE;
/** Pictures per clip, and columns of sound that belong to it. */
const FRAMES = 5;
const COLUMNS = 20;
const COLUMNS_PER_FRAME = 4;
const COEFFICIENTS = 13;
const EMBEDDING = 1024;
/** Windows of sound per run. */
const SOUNDS = 64;

/** Shows a speaking face to SyncNet, picture by picture, then its sound. */
export class SyncMeter {
  readonly #lips: Network;
  readonly #sound: Network;
  /** The last pictures: blue, green, red. */
  readonly #recent: Float32Array[] = [];
  readonly #seen: Float32Array[] = [];

  /** @param networks - `lips` and `sound` of the model; they stay the caller's. */
  constructor({ lips, sound }: Readonly<Record<string, Network>>) {
    this.#lips = lips!;
    this.#sound = sound!;
  }

  /**
   * Shows the next picture, 25 per second.
   *
   * @param picture - {@link SYNC_SIDE} rows of red, green, blue in turns, 0..255; copied.
   */
  async show(picture: Float32Array, signal?: AbortSignal): Promise<void> {
    const planes = this.#recent.length === FRAMES ? this.#recent.shift()! : new Float32Array(3 * AREA);
    for (let at = 0; at < AREA; at++)
      for (let channel = 0; channel < 3; channel++)
        planes[channel * AREA + at] = picture[at * 3 + 2 - channel]!;
    this.#recent.push(planes);
    if (this.#recent.length < FRAMES) return;
    // A network that takes just so many gets nothing beside it.
    const count = this.#lips.batch ?? 1;
    const data = new Float32Array(count * 3 * FRAMES * AREA);
    for (const [index, recent] of this.#recent.entries())
      for (let channel = 0; channel < 3; channel++)
        data.set(recent.subarray(channel * AREA, (channel + 1) * AREA), (channel * FRAMES + index) * AREA);
    const frames = { shape: [count, 3, FRAMES, SYNC_SIDE, SYNC_SIDE], data };
    const { embedding } = await this.#lips.run({ frames }, signal);
    this.#seen.push(embedding!.data.subarray(0, EMBEDDING));
  }

  /**
   * Lets it hear the sound, and compares.
   *
   * @param columns - Mel-frequency cepstra, 13 per column, 100 columns per second.
   * @param length - Samples of the sound at 16 kHz.
   * @returns `null` when there is less than a fifth of a second of one of them.
   */
  async finish(columns: Float32Array, length: number, signal?: AbortSignal): Promise<SyncDistance | null> {
    const frames = this.#seen.length + FRAMES - 1;
    // One window less than would fit, as published.
    const count = Math.min(frames, Math.floor(length / 640)) - FRAMES;
    const heard: Float32Array[] = [];
    const batch = this.#sound.batch ?? SOUNDS;
    for (let from = 0; from < count; from += batch)
      heard.push(...(await this.#hear(columns, from, Math.min(count, from + batch), signal)));
    return syncDistance(this.#seen.slice(0, Math.max(0, count)), heard);
  }

  async #hear(
    columns: Float32Array,
    from: number,
    end: number,
    signal: AbortSignal | undefined,
  ): Promise<Float32Array[]> {
    const size = COEFFICIENTS * COLUMNS;
    const count = this.#sound.batch ?? end - from;
    const data = new Float32Array(count * size);
    for (let window = from; window < end; window++) {
      for (let column = 0; column < COLUMNS; column++) {
        const start = (window * COLUMNS_PER_FRAME + column) * COEFFICIENTS;
        for (let order = 0; order < COEFFICIENTS; order++)
          data[(window - from) * size + order * COLUMNS + column] = columns[start + order] ?? 0;
      }
    }
    const mfcc = { shape: [count, 1, COEFFICIENTS, COLUMNS], data };
    const { embedding } = await this.#sound.run({ mfcc }, signal);
    return Array.from({ length: end - from }, (_, index) =>
      embedding!.data.subarray(index * EMBEDDING, (index + 1) * EMBEDDING),
    );
  }
}
