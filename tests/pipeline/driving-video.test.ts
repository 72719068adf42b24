/** Photos that are moved by a video of somebody else, with networks of LivePortrait's signatures and none of its weights. */
import { beforeAll, describe, expect, test } from 'vitest';
import { type FootageSummary, neutralMotion, POSE_LENGTH, seconds } from '../../src/core/index.ts';
import type { Network } from '../../src/core/network.ts';
import { type RenderJob, renderFile } from '../../src/index.ts';
import { calmestFrame, openDrivingClip, toAndFro } from '../../src/pipeline/neural/driving-clip.ts';
import { tinyWav2Lip } from '../engines/onnx/tiny-networks.ts';
import { tinyLivePortrait } from '../engines/onnx/tiny-portrait.ts';
import { babbleWav } from '../fixtures/babble.ts';
import { hasFfmpeg, makeClip } from '../fixtures/clips.ts';
import { clip, loudness, output, probe } from './support/footage.ts';
import { bring, speakPhoto } from './support/neural.ts';
import { expectTidy, inputFile, portrait } from './support/room.ts';

const context = { cache: true, warn: () => undefined, onPrepared: () => undefined };

/** A network that sees in every picture how often it was asked, in the shift to the right. */
function counting(): Network & { readonly seen: Float32Array[] } {
  const seen: Float32Array[] = [];
  const row = (...values: number[]) => ({ shape: [1, values.length], data: Float32Array.from(values) });
  return {
    seen,
    device: 'cpu',
    batch: null,
    async run({ image }) {
      seen.push(image!.data);
      const bins = row(...new Float32Array(66));
      const [exp, kp] = [row(...new Float32Array(63)), row(...new Float32Array(63))];
      return { pitch: bins, yaw: bins, roll: bins, t: row(seen.length, 0, 0), exp, scale: row(1), kp };
    },
    async [Symbol.asyncDispose]() {},
  };
}

describe('a driving clip', { timeout: 240_000 }, () => {
  test('is played to its end and back, as long as movements come', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 7, 8].map((index) => toAndFro(index, 4))).toEqual([
      0, 1, 2, 3, 2, 1, 0, 1, 2,
    ]);
    expect([0, 1, 2].map((index) => toAndFro(index, 1))).toEqual([0, 0, 0]);
  });

  test('is calm where eyes are open, lips together, and the head as it mostly is', () => {
    const count = 9;
    const pose = new Float32Array(count * POSE_LENGTH);
    pose.fill(0.3, 0, 2 * POSE_LENGTH);
    const bytes = (value: number, ...others: [number, number][]) => {
      const list = new Uint8Array(count).fill(value);
      for (const [at, other] of others) list[at] = other;
      return list;
    };
    const summary = {
      pose,
      // Frames 3 and 4 speak, 5 and 6 blink, 2 is not seen, 7 moves its lips a little.
      mouth: bytes(2, [3, 90], [4, 60], [7, 8]),
      eyes: bytes(80, [5, 5], [6, 20]),
      seen: bytes(1, [2, 0]),
    } as unknown as FootageSummary;
    expect(calmestFrame(summary)).toBe(8);
  });

  test.runIf(hasFfmpeg)(
    'is looked at once, frame by frame, and gives each movement the head of its time',
    async () => {
      await using driver = await openDrivingClip(clip, context);
      expect(driver).toMatchObject({ fps: 25, sound: null });
      expect(driver.duration).toBeCloseTo(1.2, 6);
      const network = counting();
      async function* movements() {
        for (let index = 0; index < 34; index += 1) yield [neutralMotion(seconds(index / 25))];
      }
      const shifts: number[] = [];
      for await (const [motion] of driver.drive(movements(), network, true)) {
        expect(motion!.driver.calm.t[0]).toBe(1);
        shifts.push(motion!.driver.now.t[0]!);
      }
      // The calm frame is looked at first; 30 frames, and back.
      expect(shifts).toEqual([...Array.from({ length: 30 }, (_, index) => index + 2), 30, 29, 28, 27]);
      expect(network.seen).toHaveLength(31);
      const [square] = network.seen as [Float32Array];
      expect(square).toHaveLength(3 * 256 * 256);
      expect(Math.min(...square.subarray(0, 9999))).toBeGreaterThanOrEqual(0);
      expect(Math.max(...square.subarray(30_000, 40_000))).toBeLessThanOrEqual(1.001);
    },
  );
});

describe.runIf(hasFfmpeg)('a job with a driving video', { timeout: 240_000 }, () => {
  const drive = (change: Partial<RenderJob>) =>
    speakPhoto({ engine: 'liveportrait', driving: clip, audio: babbleWav(0.12), ...change });
  let talking = '';
  beforeAll(async () => {
    await bring(tinyLivePortrait(), 'liveportrait');
    await bring({ generator: tinyWav2Lip() }, 'wav2lip');
    const sound = await inputFile('babble.wav', babbleWav(0.5));
    talking = makeClip('talking.mp4', ['-i', clip, '-i', sound, '-c:v', 'copy', '-t', '0.4']);
  });

  test('has lips and sound of the video where no speech is given, and is as long', async () => {
    const small = { output: output(), size: 128, preset: 'fast' } as const;
    const report = await renderFile({ image: portrait, driving: talking, engine: 'liveportrait', ...small });
    expect(report).toMatchObject({ fps: 25, footage: null, engine: { name: 'liveportrait' } });
    // AAC comes in pieces of 21 ms, of which the last one is filled up.
    expect([10, 11]).toContain(report.frames);
    expect(probe(output()).frames).toBe(report.frames);
    expect(loudness(output(), 0.1, 0.25)).toBeGreaterThan(0.01);
    expectTidy(['video.mp4']);
  });

  test('is as long as the speech, and can have its mouth painted', async () => {
    const report = await drive({ engine: 'liveportrait+wav2lip' });
    expect(report).toMatchObject({ frames: 3, engine: { head: { name: 'liveportrait' } } });
  });

  test('is refused for other engines, for what is no video, and where nobody is seen', async () => {
    await expect(drive({ engine: 'wav2lip' })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    await expect(drive({ driving: portrait })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    const empty = makeClip('nobody.mp4', ['-f', 'lavfi', '-i', 'color=gray:s=192x192:r=25:d=0.5']);
    await expect(drive({ driving: empty })).rejects.toMatchObject({ code: 'FACE_NOT_FOUND' });
    expectTidy([]);
  });
});
