import { type LipRig, type Rect, type Size, throwIfAborted, type VideoFrame } from '../../core/index.ts';
import { loadI420Converter } from '../../encode/i420.ts';
import { i420Length, videoFrameOf } from '../../kernels/colour/index.ts';
import type { Take } from '../repaint-thread.ts';
import type { Repainter } from '../repainter.ts';
import type { DrawnPhoto } from './mesh-photo.ts';
import type { MouthRestorer } from './mouth-restorer.ts';

/** Restores the mouths that another one has painted into footage. The restorer stays the caller's. */
export class RestoringRepainter implements Repainter {
  readonly #painter: Repainter;
  readonly #restorer: MouthRestorer;
  #crop: Rect | null = null;

  constructor(painter: Repainter, restorer: MouthRestorer) {
    this.#painter = painter;
    this.#restorer = restorer;
  }

  memory(length: number): Uint8Array {
    return this.#painter.memory(length);
  }

  load(people: readonly LipRig[], size: Size, crop: Rect | null): void {
    this.#crop = crop;
    this.#painter.load(people, size, crop);
  }

  async *draw(
    takes: AsyncIterable<Take>,
    context: Parameters<Repainter['draw']>[1],
  ): AsyncGenerator<VideoFrame, void, undefined> {
    const waiting: Take['frame']['faces'][] = [];
    async function* noted(): AsyncGenerator<Take, void, undefined> {
      for await (const take of takes) {
        waiting.push(take.frame.faces);
        yield take;
      }
    }
    const { x, y } = this.#crop ?? { x: 0, y: 0 };
    for await (const frame of this.#painter.draw(noted(), context)) {
      for (const face of waiting.shift()!) {
        if (!face) continue;
        const landmarks = face.landmarks.map(
          (value, at) => value - (at % 3 === 0 ? x : at % 3 === 1 ? y : 0),
        );
        await this.#restorer.restore(frame, { landmarks, visibility: face.visibility }, context.signal);
      }
      yield frame;
    }
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#painter[Symbol.asyncDispose]();
  }
}

/**
 * Restores the mouth of a photo that speaks.
 *
 * @param drawn - Frames, and where the face is in them.
 * @returns Frames in order. Each is valid until the next one is asked for.
 */
export async function* restorePhoto(
  drawn: AsyncIterable<DrawnPhoto>,
  { width, height }: Size,
  restorer: MouthRestorer,
  signal?: AbortSignal,
): AsyncGenerator<VideoFrame, void, undefined> {
  const converter = await loadI420Converter(width, height);
  const planes = new Uint8Array(i420Length(width, height));
  for await (const { frame, landmarks } of drawn) {
    throwIfAborted(signal);
    const isPicture = 'data' in frame;
    if (isPicture) converter.convert(frame.data, planes);
    const restored = isPicture ? videoFrameOf(planes, width, height) : frame;
    if (landmarks) await restorer.restore(restored, { landmarks, visibility: 1 }, signal);
    yield restored;
  }
}
