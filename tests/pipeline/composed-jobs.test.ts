/** Whole jobs in which one engine draws the head and another one paints the mouth: the signatures of networks, none of their weights. */
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RenderJob } from '../../src/index.ts';
import { tinyWav2Lip } from '../engines/onnx/tiny-networks.ts';
import { tinyDitto, tinyLivePortrait } from '../engines/onnx/tiny-portrait.ts';
import { babbleWav } from '../fixtures/babble.ts';
import { output } from './support/footage.ts';
import { bring, speakPhoto } from './support/neural.ts';
import { expectTidy } from './support/room.ts';

/** Side of the pictures that {@link speakPhoto} makes. */
const SIDE = 128;

beforeAll(async () => {
  await bring(tinyLivePortrait(), 'liveportrait');
  await bring(tinyDitto(), 'ditto');
  await bring({ generator: tinyWav2Lip() }, 'wav2lip');
});

describe('a head that one engine draws and a mouth that another one paints', { timeout: 240_000 }, () => {
  test('belong together: nothing but the lower face differs from what the first one draws', async () => {
    const frameOf = async (engine: 'liveportrait' | 'liveportrait+wav2lip'): Promise<Uint8Array> => {
      // Lips at rest, as where another engine paints them.
      await speakPhoto({ audio: babbleWav(0.12), mouth: 0, engine, output: output(`${engine}/%d.png`) });
      return sharp(output(join(engine, '2.png')))
        .removeAlpha()
        .raw()
        .toBuffer();
    };
    const alone = await frameOf('liveportrait');
    const together = await frameOf('liveportrait+wav2lip');
    const changed = [...together.keys()].filter((at) => Math.abs(together[at]! - alone[at]!) > 12);
    expect(changed.length).toBeGreaterThan(1000);
    for (const at of changed) {
      const [x, y] = [Math.floor(at / 3) % SIDE, Math.floor(at / 3 / SIDE)];
      expect(x > 0.3 * SIDE && x < 0.7 * SIDE && y > 0.45 * SIDE && y < 0.72 * SIDE, `${x}, ${y}`).toBe(true);
    }
  });

  test.each(['ditto', 'ditto+mesh'] as const)(
    'speak with %s, and say whose weights they use',
    async (head) => {
      const report = await speakPhoto({ audio: babbleWav(0.12), steps: 2, engine: `${head}+wav2lip` });
      expect(report).toMatchObject({ frames: 3, fps: 25, width: SIDE, height: SIDE });
      expect(report.engine).toMatchObject({
        name: `${head}+wav2lip`,
        model: 'wav2lip',
        commercial: 'no',
        head: { name: head, model: 'ditto', commercial: 'yes' },
      });
      const codes = report.warnings.map(({ code }) => code);
      expect(codes).toContain('MODEL_NON_COMMERCIAL');
      expect(codes.includes('ENGINE_SLOW')).toBe(head === 'ditto');
      expectTidy(['video.mp4']);
    },
  );

  test('are refused where one of them is: steps that neither takes, a missing model, another rate, a background', async () => {
    const refused = (change: Partial<RenderJob>) => expect(speakPhoto(change)).rejects;
    await refused({ engine: 'liveportrait+wav2lip', steps: 5 }).toMatchObject({ code: 'OPTION_INVALID' });
    await refused({ engine: 'liveportrait+musetalk' }).toMatchObject({ code: 'MODEL_MISSING' });
    await refused({ engine: 'ditto+wav2lip', fps: 30 }).toMatchObject({ code: 'OPTION_INVALID' });
    await refused({ engine: 'liveportrait+wav2lip', background: 'blur' }).toMatchObject({
      code: 'OPTION_INVALID',
    });
    expectTidy([]);
  });
});
