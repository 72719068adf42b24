import type { FootageClip, VideoFrame } from '../../../src/core/index.ts';
import { i420Length, videoFrameOf } from '../../../src/kernels/colour/index.ts';

/** A clip in memory whose frames are filled with their own numbers. Says where reading began, and what is still open. */
export interface NumberedClip extends FootageClip {
  readonly begun: number[];
  readonly open: () => number;
}

/** Makes a clip of tiny frames. Its planes are used again, as those of a real reader are. */
export function numberedClip(frameCount: number, { broken = Infinity } = {}): NumberedClip {
  const [width, height] = [8, 4];
  const begun: number[] = [];
  let open = 0;
  return {
    width,
    height,
    fps: 25,
    frameCount,
    faces: [],
    sound: null,
    begun,
    open: () => open,
    async *frames(from, count): AsyncGenerator<VideoFrame> {
      begun.push(from);
      open += 1;
      try {
        const bytes = new Uint8Array(i420Length(width, height));
        for (let index = from; index < Math.min(frameCount, from + count); index += 1) {
          if (index >= broken) throw new Error('The clip is broken here.');
          bytes.fill(index);
          yield videoFrameOf(bytes, width, height);
        }
      } finally {
        open -= 1;
      }
    },
    [Symbol.asyncDispose]: async () => {},
  };
}
