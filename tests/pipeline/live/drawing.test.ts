import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { openPictureEncoder } from '../../../src/encode/live/picture-encoder.ts';
import { meshEngine } from '../../../src/engines/mesh/index.ts';
import { type LiveOptions, liveSchema, parseOptions, prepareAvatar } from '../../../src/index.ts';
import { serveLiveFace } from '../../../src/pipeline/live/drawing.ts';
import type { FromWorker, ToWorker } from '../../../src/pipeline/live/worker-messages.ts';
import { loadRenderer, makeBackground } from '../../../src/pipeline/renderer.ts';

const ffmpeg = spawnSync('ffmpeg', ['-version']).status === 0;
if (!ffmpeg) console.log('FFmpeg is not installed: encoders that come and go are not tested.');

/** A drawing thread in this one, which counts its encoders. */
async function draw(options: Partial<LiveOptions>) {
  const avatar = await prepareAvatar(new URL('../../../demo/portraits/ava.png', import.meta.url));
  const told: FromWorker[] = [];
  const running: string[] = [];
  let tell: (message: unknown) => void = () => undefined;
  let wake = (): void => undefined;
  serveLiveFace(
    {
      post(message) {
        told.push(message as FromWorker);
        wake();
      },
      onMessage: (listener) => {
        tell = listener;
      },
    },
    {
      makeBackground,
      openMouth: async () => null,
      loadRenderer: (...args) => loadRenderer(meshEngine, ...args),
      async openPictureEncoder(format, outlet) {
        const encoder = await openPictureEncoder(format, outlet);
        running.push(format.codec);
        return {
          name: encoder.name,
          encode: (rgba, time) => encoder.encode(rgba, time),
          requestKeyFrame: () => encoder.requestKeyFrame(),
          setBitrate: (bitsPerSecond) => encoder.setBitrate(bitsPerSecond),
          async [Symbol.asyncDispose]() {
            running.splice(running.indexOf(format.codec), 1);
            await encoder[Symbol.asyncDispose]();
          },
        };
      },
    },
  );
  const come = async (kind: FromWorker['kind']): Promise<void> => {
    told.length = 0;
    while (!told.some((one) => one.kind === kind)) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  /** Tells the thread something, and waits for its answer. */
  const ask = async (message: ToWorker, answer: FromWorker['kind']): Promise<void> => {
    const answered = come(answer);
    tell(message);
    await answered;
  };
  const played = new SharedArrayBuffer(4);
  await ask({ kind: 'load', avatar, options: parseOptions(liveSchema, options), played }, 'ready');
  let call = 0;
  return {
    running,
    want: (...codecs: ('h264' | 'vp8')[]) =>
      ask({ kind: 'want', call: ++call, outputs: { pictures: true, codecs, motion: false } }, 'done'),
    close: () => ask({ kind: 'close' }, 'closed'),
  };
}

describe.skipIf(!ffmpeg)('the thread that draws', () => {
  it('has an encoder for every codec that somebody watches, and for no other', async () => {
    const drawing = await draw({ size: 64 });
    expect(drawing.running).toEqual(['h264']);
    await drawing.want('h264', 'vp8');
    expect(drawing.running).toEqual(['h264', 'vp8']);
    await drawing.want('vp8');
    expect(drawing.running).toEqual(['vp8']);
    await drawing.want('h264');
    expect(drawing.running).toEqual(['h264']);
    await drawing.close();
    expect(drawing.running).toEqual([]);
  }, 30_000);
});
