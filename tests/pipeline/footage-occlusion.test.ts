/** Something that comes before the mouth in a filmed clip, and goes again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, describe, expect, test } from 'vitest';
import { BLENDSHAPE_INDEX, neutralMotion, seconds } from '../../src/core/index.ts';
import { lipEngine } from '../../src/engines/lip/index.ts';
import { type FootageClip, prepareFootage, renderFile } from '../../src/index.ts';
import { babbleWav } from '../fixtures/babble.ts';
import { hasFfmpeg, movingPortrait } from '../fixtures/clips.ts';

if (!hasFfmpeg) console.log('FFmpeg is not installed: nothing comes before a mouth.');

const room = mkdtempSync(join(tmpdir(), 'occlusion-'));
const before = process.env['LOQUENT_CACHE'];
process.env['LOQUENT_CACHE'] = join(room, 'cache');
afterAll(() => {
  if (before === undefined) delete process.env['LOQUENT_CACHE'];
  else process.env['LOQUENT_CACHE'] = before;
  rmSync(room, { recursive: true, force: true });
});

const FRAMES = 75;
/** Frames in which it is there, and the part of the picture that it covers: mouth and chin wherever the head goes. */
const THERE = { from: 40, to: 54 };
const BOX = { x: 110, y: 300, width: 260, height: 130 };

/** Frames in which somebody with an open mouth is not as filmed inside of the box, and those that were left wholly alone. */
async function repainted(clip: FootageClip): Promise<{ inBox: number[]; untouched: number[] }> {
  const face = clip.faces[0]!;
  using renderer = await lipEngine.load(await face.lipRig(), clip);
  const motion = neutralMotion(seconds(0));
  motion.weights[BLENDSHAPE_INDEX.jawOpen] = 0.5;
  const [inBox, untouched]: [number[], number[]] = [[], []];
  let index = 0;
  for await (const { width, height, y, u, v } of clip.frames(0, clip.frameCount)) {
    const copy = { width, height, y: y.slice(), u: u.slice(), v: v.slice() };
    const tracked = await face.at(index);
    if (tracked) renderer.repaint(copy, tracked, motion);
    if (copy.y.every((value, at) => value === y[at])) untouched.push(index);
    let differs = false;
    for (let row = BOX.y + 4; row < BOX.y + BOX.height - 4; row++) {
      for (let at = row * width + BOX.x + 4; at < row * width + BOX.x + BOX.width - 4; at++)
        differs ||= Math.abs(copy.y[at]! - y[at]!) > 3;
    }
    if (differs) inBox.push(index);
    index++;
  }
  return { inBox, untouched };
}

describe.runIf(hasFfmpeg)('something before the mouth', { timeout: 240_000 }, () => {
  test.each([
    ['a microphone', '0x24282c'],
    ['a mask', '0xd8e4ea'],
  ])('is not painted over, and its frames are counted: %s', async (_, colour) => {
    const { x, y, width, height } = BOX;
    const during = `enable=between(n\\,${THERE.from}\\,${THERE.to})`;
    const path = movingPortrait(
      `before-${colour}.mp4`,
      FRAMES,
      `drawbox=${x}:${y}:${width}:${height}:${colour}@1:fill:${during}`,
    );
    const avatar = join(room, `${colour}.avatar`);
    await using footage = await prepareFootage(path, { output: avatar });
    const { inBox, untouched } = await repainted(footage.clips[0]!);
    const there = (frame: number) => frame >= THERE.from && frame <= THERE.to;
    expect(inBox.filter(there)).toEqual([]);
    expect(untouched.filter(there).length).toBe(THERE.to - THERE.from + 1);
    // a moment before and after it the mouth speaks on
    const away = Array.from({ length: FRAMES }, (_, frame) => frame).filter(
      (frame) => frame < THERE.from - 8 || frame > THERE.to + 8,
    );
    expect(inBox).toEqual(expect.arrayContaining(away));
    const report = await renderFile({
      image: avatar,
      audio: babbleWav(FRAMES / 25),
      output: join(room, 'spoken.mp4'),
      force: true,
    });
    expect(report.footage!.framesWithoutFace).toBe(untouched.length);
    expect(report.warnings.map(({ code }) => code)).toContain('FACE_OUT_OF_SIGHT');
  });
});
