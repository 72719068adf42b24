/** The thread in which a {@link RenderLane} draws. @module */
import type { Avatar, Frame, MotionFrame, ViewOptions } from '../core/index.ts';
import type { MotionRenderer } from '../engines/engine.ts';
import { meshEngine } from '../engines/mesh/index.ts';
import type { WorkerPort } from '../platform/index.ts';
import { serve } from '../platform/remote-calls.ts';
import { loadRenderer } from './renderer.ts';
import { wallClock } from './trace-file.ts';

/** Work of the thread: when it began (milliseconds since 1970), and how long it took, milliseconds. */
export interface ThreadWork {
  readonly begun: number;
  readonly spent: number;
}

/** A frame on its way between threads. */
export interface DrawnFrame extends ThreadWork {
  readonly frame: Omit<Frame, 'data'>;
  readonly data: Uint8Array;
}

/** What the main thread can ask for. */
export interface RenderCalls {
  /** Makes the renderer. */
  load(avatar: Avatar, options: ViewOptions): Promise<ThreadWork>;
  /** Draws one frame into `pixels`, which comes back with it. */
  draw(motion: MotionFrame, index: number, pixels: Uint8Array): Promise<DrawnFrame>;
}

/** Called once in the new thread. */
export function start(port: WorkerPort): void {
  let renderer: MotionRenderer | undefined;
  serve<RenderCalls>(port, {
    async load(avatar, options) {
      const begun = wallClock();
      renderer?.[Symbol.dispose]();
      renderer = undefined;
      renderer = await loadRenderer(meshEngine, avatar, options);
      return { begun, spent: wallClock() - begun };
    },
    async draw(motion, index, pixels) {
      if (!renderer) throw new Error('A frame was asked for before the renderer was made.');
      const begun = wallClock();
      const { data, ...frame } = renderer.render(motion, index);
      pixels.set(data);
      return { frame, data: pixels, begun, spent: wallClock() - begun };
    },
  });
}
