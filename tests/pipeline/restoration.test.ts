/** Mouths restored by a network with the signature of GFPGAN, and none of its weights. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { radians, type TrackedFace, type VideoFrame } from '../../src/core/index.ts';
import type { RenderJob } from '../../src/index.ts';
import { ModelStore } from '../../src/models/store.ts';
import type { MouthRestorer } from '../../src/pipeline/neural/mouth-restorer.ts';
import { RestoringRepainter } from '../../src/pipeline/neural/restored-frames.ts';
import type { Take } from '../../src/pipeline/repaint-thread.ts';
import type { Repainter } from '../../src/pipeline/repainter.ts';
import { StageClock } from '../../src/pipeline/trace.ts';
import { tinyRestorer } from '../engines/onnx/tiny-networks.ts';
import { babbleWav } from '../fixtures/babble.ts';
import { output } from './support/footage.ts';
import { home, speakPhoto as speakWith } from './support/neural.ts';
import { expectTidy } from './support/room.ts';

const speakPhoto = (change: Partial<RenderJob> = {}) =>
  speakWith({ audio: babbleWav(0.12), restore: 0.8, ...change });

beforeAll(() => {
  writeFileSync(join(home, 'gfpgan_1.4.onnx'), tinyRestorer());
});

describe('a job with restoration', { timeout: 240_000 }, () => {
  test('says what to do while the weights are missing', async () => {
    await expect(speakPhoto()).rejects.toMatchObject({
      code: 'MODEL_MISSING',
      hint: expect.stringContaining('loquent models pull gfpgan --accept'),
    });
    await expect(speakPhoto({ restore: 1.5 })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    expectTidy([]);
  });

  test('restores what the embedded engine draws, and says whose weights it used', async () => {
    await new ModelStore().importFrom('gfpgan', home, { accept: true });
    const report = await speakPhoto();
    expect(report).toMatchObject({
      frames: 3,
      engine: null,
      restorer: { name: 'restore', model: 'gfpgan', precision: 'fp32', device: 'cpu', commercial: 'unclear' },
    });
    expect(report.warnings.map(({ code }) => code)).toContain('MODEL_NON_COMMERCIAL');
    expectTidy(['video.mp4']);
    await expect(speakPhoto({ background: 'transparent', output: output('x.webm') })).rejects.toMatchObject({
      code: 'OPTION_INVALID',
    });
  });
});

describe('restored footage', () => {
  test('has every face restored in the frame that shows it, where the crop has put it', async () => {
    const face = (x: number): TrackedFace => ({
      landmarks: Float32Array.of(x, 50, 1),
      yaw: radians(0),
      pitch: radians(0),
      roll: radians(0),
      seam: new Float32Array(0),
      gap: 0,
      visibility: 0.5,
    });
    const frames: VideoFrame[] = [1, 2, 3].map((value) => ({
      width: 2,
      height: 2,
      y: new Uint8Array(4).fill(value),
      u: new Uint8Array(1),
      v: new Uint8Array(1),
    }));
    const painter: Repainter = {
      memory: (length) => new Uint8Array(length),
      load: () => undefined,
      async *draw(takes) {
        // Two are asked for before the first is handed out, as the real ones do.
        const iterator = takes[Symbol.asyncIterator]();
        await iterator.next();
        for (const frame of frames) {
          await iterator.next();
          yield frame;
        }
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    const seen: (readonly [number, number, number, number])[] = [];
    const restorer: MouthRestorer = {
      report: { name: 'restore', model: '', precision: null, device: '', licence: '', commercial: 'yes' },
      async restore(frame, { landmarks, visibility }) {
        seen.push([frame.y[0]!, landmarks[0]!, landmarks[1]!, visibility]);
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    const repainter = new RestoringRepainter(painter, restorer);
    repainter.load([], { width: 100, height: 100 }, { x: 10, y: 20, width: 60, height: 60 });
    async function* takes(): AsyncGenerator<Take> {
      for (const faces of [
        [face(30), face(60)],
        [null, face(61)],
        [face(32), null],
      ])
        yield { frame: { planes: new Uint8Array(0), faces }, over: null, motions: [] };
    }
    for await (const _ of repainter.draw(takes(), { clock: new StageClock(null) }));
    expect(seen).toEqual([
      [1, 20, 30, 0.5],
      [1, 50, 30, 0.5],
      [2, 51, 30, 0.5],
      [3, 22, 30, 0.5],
    ]);
  });
});
