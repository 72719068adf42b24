/** The drawing thread with a fault, which the address of this module names: `?fault=stall`. @module */
import { openPictureEncoder, type PictureEncoder } from '../../../src/encode/live/picture-encoder.ts';
import type { MotionRenderer } from '../../../src/engines/engine.ts';
import { meshEngine } from '../../../src/engines/mesh/index.ts';
import { serveLiveFace } from '../../../src/pipeline/live/drawing.ts';
import { loadRenderer, makeBackground } from '../../../src/pipeline/renderer.ts';
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
  /** The encoder leaves out every third of so many frames as {@link REFUSED}. */
  | 'refusing encoder'
  /** Drawing one frame takes half a second, in which the test lets much more go by. */
  | 'frozen'
  /** The thread ends. */
  | 'dead thread';

const fault = new URL(import.meta.url).searchParams.get('fault') as Fault;
const MOMENT = 20;
/** Frames after which an encoder that refuses some takes all. */
const REFUSED = 200;

/** An encoder that is too slow at first. */
function refusing(encoder: PictureEncoder): PictureEncoder {
  let asked = 0;
  return {
    name: encoder.name,
    encode(rgba, time) {
      asked += 1;
      return (asked > REFUSED || asked % 3 !== 0) && encoder.encode(rgba, time);
    },
    requestKeyFrame: () => encoder.requestKeyFrame(),
    setBitrate: (bitsPerSecond) => encoder.setBitrate(bitsPerSecond),
    [Symbol.asyncDispose]: () => encoder[Symbol.asyncDispose](),
  };
}

function wait(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

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
    if (fault === 'stall') wait(200);
    if (fault === 'frozen') wait(500);
    if (fault === 'hiccup') throw new Error('One frame fails.');
    if (fault === 'killed encoder') encoders.at(-1)?.kill();
    if (fault === 'dead thread') {
      setTimeout(() => {
        throw new Error('The thread dies.');
      });
    }
  };
  serveLiveFace(port, {
    makeBackground,
    openMouth: async () => null,
    async openPictureEncoder(format, outlet) {
      const encoder = await openPictureEncoder(format, outlet);
      return fault === 'refusing encoder' ? refusing(encoder) : encoder;
    },
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
