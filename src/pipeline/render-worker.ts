/** The thread in which a {@link RenderLane} draws. @module */
import type { Avatar, Frame, MotionFrame, ViewOptions } from '../core/index.ts';
import type { MotionRenderer } from '../engines/engine.ts';
import { meshEngine } from '../engines/mesh/index.ts';
import { platform, type WorkerPort } from '../platform/index.ts';
import { serve } from '../platform/remote-calls.ts';
import { loadRenderer } from './renderer.ts';

/** A frame on its way between threads, and the milliseconds spent on it. */
export interface DrawnFrame {
  readonly frame: Omit<Frame, 'data'>;
  readonly data: Uint8Array;
  readonly spent: number;
}

/** What the main thread can ask for. */
export interface RenderCalls {
  /** Makes the renderer; resolves with the milliseconds spent on it. */
  load(avatar: Avatar, options: ViewOptions): Promise<number>;
  /** Draws one frame into `pixels`, which comes back with it. */
  draw(motion: MotionFrame, index: number, pixels: Uint8Array): Promise<DrawnFrame>;
}

/** Called once in the new thread. */
export function start(port: WorkerPort): void {
  let renderer: MotionRenderer | undefined;
  serve<RenderCalls>(port, {
    async load(avatar, options) {
      const begun = platform().now();
      renderer?.[Symbol.dispose]();
      renderer = undefined;
      renderer = await loadRenderer(meshEngine, avatar, options);
      return platform().now() - begun;
    },
    async draw(motion, index, pixels) {
      if (!renderer) throw new Error('A frame was asked for before the renderer was made.');
      const begun = platform().now();
      const { data, ...frame } = renderer.render(motion, index);
      pixels.set(data);
      return { frame, data: pixels, spent: platform().now() - begun };
    },
  });
}
