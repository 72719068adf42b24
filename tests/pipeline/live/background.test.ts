import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { EncodedPicture } from '../../../src/core/index.ts';
import { BackdropFade } from '../../../src/pipeline/live/backdrop-fade.ts';
import { watch } from './watched-session.ts';

const SIZE = 64;
const ffmpeg = spawnSync('ffmpeg', ['-version']).status === 0;

/** A picture file of one colour, as a `data:` URL. */
const RED =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC';

/** Red, green and blue of the upper left corner of each picture. */
function corners(pictures: readonly EncodedPicture[]): (readonly [number, number, number])[] {
  const { stdout } = spawnSync(
    'ffmpeg',
    ['-v', 'error', '-f', 'h264', '-i', '-', '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-'],
    { input: Buffer.concat(pictures.map(({ data }) => data)), maxBuffer: 1e9 },
  );
  const frames = stdout.length / (SIZE * SIZE * 3);
  return Array.from({ length: frames }, (_, frame) => {
    const at = (frame * SIZE * SIZE + 3 * SIZE + 3) * 3;
    return [stdout[at]!, stdout[at + 1]!, stdout[at + 2]!] as const;
  });
}

const near = (colour: readonly number[] | undefined, wanted: readonly number[]): boolean =>
  wanted.every((value, channel) => Math.abs(value - colour![channel]!) < 24);

describe('the background of a live session', () => {
  it('turns into another one evenly, and from wherever it is into a third', () => {
    const pixels = (value: number) => new Uint8Array(8).fill(value);
    const fade = new BackdropFade(10, pixels(0), () => pixels(100));
    expect(fade.next()).toBeUndefined();
    fade.begin(pixels(200));
    expect([1, 2].map(() => fade.next()![0])).toEqual([50, 100]);
    fade.begin(null);
    expect([1, 2, 3].map(() => fade.next()![0])).toEqual([100, 100, 100]);
    expect(fade.next()).toBeNull();
    expect(fade.next()).toBeUndefined();
    fade.begin(pixels(0));
    expect([1, 2, 3, 4].map(() => fade.next()![0])).toEqual([75, 50, 25, 0]);
    expect(fade.next()).toBeUndefined();
  });

  it.runIf(ffmpeg)('changes while it runs, smoothly: to a colour, a picture, and back', async () => {
    await using live = await watch({ size: SIZE, encoder: 'ffmpeg', bitrate: 2_000_000 });
    /** Goes on while the change is prepared, and until it is complete. */
    const change = async (background: string): Promise<void> => {
      let begun = false;
      const change = live.session.setBackground(background).then(() => {
        begun = true;
      });
      while (!begun) await live.play(0.04);
      await change;
      await live.play(0.8);
    };
    await live.play(0.4);
    await change('#00c000');
    const green = live.pictures.length;
    await change(RED);
    const red = live.pictures.length;
    await change('keep');
    const seen = corners(live.pictures);
    expect(seen.length).toBe(live.pictures.length);
    expect(near(seen[green - 1], [0, 192, 0])).toBe(true);
    expect(near(seen[red - 1], [255, 0, 0])).toBe(true);
    expect(near(seen.at(-1), seen[5]!)).toBe(true);
    const jumps = seen
      .slice(1)
      .map((colour, index) => Math.max(...colour.map((v, c) => Math.abs(v - seen[index]![c]!))));
    expect(Math.max(...jumps)).toBeLessThan(70);
  });

  it('stays as it is when it makes no sense', async () => {
    await using live = await watch();
    await expect(live.session.setBackground('transparent')).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    await expect(live.session.setBackground('sky?')).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    await expect(live.session.setBackground('data:image/png;base64,AAAA')).rejects.toMatchObject({
      code: expect.stringMatching(/^(INPUT|IMAGE)_/),
    });
    await expect(live.session.setBackground('/nowhere/at/all.png')).rejects.toMatchObject({
      code: expect.stringMatching(/^INPUT_/),
    });
    await live.session.close('requested');
    await expect(live.session.setBackground('blur')).rejects.toMatchObject({ code: 'LIVE_CLOSED' });
  });
});
