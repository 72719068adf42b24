/** The drawing thread with a fault, which the address of this module names: `?fault=stall`. @module */
import { openPictureEncoder } from '../../../src/encode/live/picture-encoder.ts';
import type { MotionRenderer } from '../../../src/engines/engine.ts';
import { meshEngine } from '../../../src/engines/mesh/index.ts';
import { serveLiveFace } from '../../../src/pipeline/live/drawing.ts';
import { loadRenderer } from '../../../src/pipeline/renderer.ts';
import { type ChildProcess, usePlatform, type WorkerPort } from '../../../src/platform/index.ts';
import { nodePlatform } from '../../../src/platform/node/index.ts';

/** What can go wrong, each with the twentieth frame. */
export type Fault =
  /** Drawing takes 200 ms. */
  | 'stall'
  /** One frame cannot be drawn. */
  | 'hiccup'
  /** No frame can be drawn, until the renderer is made anew. */
  | 'broken renderer'
  /** The encoder's process is killed. */
  | 'killed encoder'
  /** The encoder's process is killed as soon as it has begun. */
  | 'hopeless encoder'
  /** The thread ends. */
  | 'dead thread';

const fault = new URL(import.meta.url).searchParams.get('fault') as Fault;
const MOMENT = 20;

/** Called once in the new thread. */
export function start(port: WorkerPort): void {
  const encoders: ChildProcess[] = [];
  usePlatform({
    ...nodePlatform,
    spawn(options) {
      const process = nodePlatform.spawn(options);
      encoders.push(process);
      return process;
    },
  });
  let renderers = 0;
  let frames = 0;
  const mishap = (): void => {
    frames += 1;
    if (fault === 'hopeless encoder') encoders.at(-1)?.kill();
    if (fault === 'broken renderer' && frames >= MOMENT && renderers === 1) throw new Error('Broken.');
    if (frames !== MOMENT) return;
    if (fault === 'stall') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    if (fault === 'hiccup') throw new Error('One frame fails.');
    if (fault === 'killed encoder') encoders.at(-1)?.kill();
    if (fault === 'dead thread') {
      setTimeout(() => {
        throw new Error('The thread dies.');
      });
    }
  };
  serveLiveFace(port, {
    openPictureEncoder,
    async loadRenderer(avatar, options): Promise<MotionRenderer> {
      const renderer = await loadRenderer(meshEngine, avatar, options);
      renderers += 1;
      return {
        width: renderer.width,
        height: renderer.height,
        get lipGap() {
          return renderer.lipGap;
        },
        render(motion, index) {
          mishap();
          return renderer.render(motion, index);
        },
        scenery: () => renderer.scenery(),
        setBackdrop: (backdrop) => renderer.setBackdrop(backdrop),
        [Symbol.dispose]: () => renderer[Symbol.dispose](),
      };
    },
  });
}
