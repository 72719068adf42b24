/** The whole way of `--teeth`: another photo of the same person, in which she smiles. */
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { meshEngine } from '../../src/engines/mesh/index.ts';
import {
  type Avatar,
  BLENDSHAPE_INDEX,
  neutralMotion,
  prepareAvatar,
  radians,
  seconds,
} from '../../src/index.ts';
import { loadRenderer } from '../../src/pipeline/renderer.ts';
import { failure, refusal } from './support/room.ts';

const ava = new URL('../../demo/portraits/ava.png', import.meta.url);
const mira = new URL('../../demo/portraits/mira.png', import.meta.url);

/** A photo of a laugh, the head tilted and a little to the side. */
async function laughing(avatar: Avatar): Promise<Uint8Array> {
  const view = { crop: 'full', preset: 'fast', size: 900, background: 'keep' } as const;
  using renderer = await loadRenderer(meshEngine, avatar, view);
  const rest = neutralMotion(seconds(0));
  const laugh = {
    jawOpen: 0.45,
    mouthSmileLeft: 0.7,
    mouthSmileRight: 0.7,
    mouthUpperUpLeft: 0.8,
    mouthUpperUpRight: 0.8,
  } as const;
  for (const [name, weight] of Object.entries(laugh)) {
    rest.weights[BLENDSHAPE_INDEX[name as keyof typeof laugh]] = weight;
  }
  const head = { ...rest.head, roll: radians(0.06), yaw: radians(0.05) };
  const { width, height, data } = renderer.render({ ...rest, head }, 0);
  const picture = sharp(data.slice(), { raw: { width, height, channels: 4 } }).removeAlpha();
  return new Uint8Array(await picture.linear(0.8).png().toBuffer());
}

describe('teeth of another photo', () => {
  it('are found in a darker, tilted one, and put where they were', async () => {
    const plain = await prepareAvatar(ava);
    const worn = await prepareAvatar(ava, { teeth: await laughing(plain) });
    expect(plain.mouth.teeth).toBeNull();
    expect(worn.mouth.teeth).not.toBeNull();
    expect(worn.id).not.toBe(plain.id);
    expect(worn.mouth.closed).toBe(true);
    expect(Math.abs(worn.mouth.teethEdge - plain.mouth.teethEdge)).toBeLessThan(0.15);
    worn.colours.teeth.forEach((value, k) => {
      expect(Math.abs(value / plain.colours.teeth[k]! - 1)).toBeLessThan(0.25);
    });
  }, 120_000);

  it('must be seen, in the face of somebody', async () => {
    expect((await failure(prepareAvatar(ava, { teeth: mira }))).code).toBe('TEETH_NOT_FOUND');
    const wall = await sharp({ create: { width: 400, height: 300, channels: 3, background: '#8899aa' } })
      .png()
      .toBuffer();
    const error = await failure(prepareAvatar(ava, { teeth: new Uint8Array(wall) }));
    expect(error.code).toBe('FACE_NOT_FOUND');
    expect(error.message).toMatch(/photo given for the teeth/);
  }, 60_000);

  it('are refused for an avatar that is prepared already', async () => {
    const avatar = await prepareAvatar(ava);
    const { code, hint } = await refusal({ avatar, teeth: mira });
    expect(code).toBe('OPTION_INVALID');
    expect(hint).toMatch(/loquent avatar/);
  }, 60_000);
});
