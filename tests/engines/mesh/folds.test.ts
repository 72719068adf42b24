import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Avatar,
  BLENDSHAPE_INDEX,
  type Blendshape,
  type MotionFrame,
  neutralMotion,
  seconds,
} from '../../../src/core/index.ts';
import { placeRegion } from '../../../src/engines/mesh/placement.ts';
import { Rig } from '../../../src/engines/mesh/rig.ts';
import { createReferenceRaster } from '../../../src/kernels/raster/index.ts';
import { foldedShare } from '../../../src/quality/folds.ts';
import { builtAva } from '../../avatar/test-faces.ts';
import { drawFace } from './drawn-face.ts';

/** The bar of the issue: a fifth of a per cent of all triangles. */
const MOST = 0.002;

/** Height of the face in the picture that is looked at, pixels. */
const FACE_HEIGHT = 230;

/** Counts the share of folded triangles of an avatar's skin. */
function foldCounter(avatar: Avatar): (motion: MotionFrame) => number {
  // as large as in a video of head and shoulders
  const scale = FACE_HEIGHT / avatar.face.height;
  const [width, height] = [avatar.region.width * scale, avatar.region.height * scale];
  const view = { width, height, viewport: avatar.region, surround: null, oversampling: 2 };
  const rig = new Rig(avatar, createReferenceRaster(), placeRegion(avatar, view));
  const { mesh, mouth } = avatar;
  const strips = new Set([...mouth.stripUpper, ...mouth.stripLower]);
  const skin = mesh.triangles.length - 3 * mesh.lidTriangleCount;
  const triangles: number[] = [];
  for (let at = 0; at < skin; at += 3) {
    const corners = mesh.triangles.subarray(at, at + 3);
    if (!corners.some((corner) => strips.has(corner))) triangles.push(...corners);
  }
  rig.update(neutralMotion(seconds(0)));
  const rest = rig.screen.slice();
  return (motion) => {
    rig.update(motion);
    return foldedShare(triangles, rest, rig.screen);
  };
}

function motion(
  weights: Partial<Record<Blendshape, number>>,
  head: Partial<Record<keyof MotionFrame['head'], number>> = {},
): MotionFrame {
  const frame = neutralMotion(seconds(0));
  for (const [name, weight] of Object.entries(weights))
    frame.weights[BLENDSHAPE_INDEX[name as Blendshape]] = weight;
  return { ...frame, head: { ...frame.head, ...head } } as MotionFrame;
}

describe.each([
  ['a drawn face', async () => (await drawFace()).avatar],
  ['a portrait', builtAva],
])('the mesh of %s folds nowhere', (_, build) => {
  let folded: (motion: MotionFrame) => number;
  beforeAll(async () => {
    folded = foldCounter(await build());
  }, 60_000);

  it('when the head goes as far as it may, also while speaking', () => {
    for (const yaw of [-1, 0, 1]) {
      for (const pitch of [-1, 0, 1]) {
        for (const roll of [-1, 1]) {
          for (const jawOpen of [0, 0.5]) {
            expect(folded(motion({ jawOpen }, { yaw, pitch, roll }))).toBeLessThanOrEqual(MOST);
          }
        }
      }
    }
  });

  it('at any shape of brows, cheeks, nose and mouth at full strength', () => {
    for (const name of Object.keys(BLENDSHAPE_INDEX) as Blendshape[]) {
      // by definition it only takes back what an open jaw does
      const jaw = name === 'mouthClose' ? { jawOpen: 1 } : {};
      expect(folded(motion({ ...jaw, [name]: 1 })), name).toBeLessThanOrEqual(MOST);
    }
  });

  it('at strong feelings', () => {
    const both = (name: string, weight: number) => ({ [`${name}Left`]: weight, [`${name}Right`]: weight });
    const feelings = {
      joy: { ...both('mouthSmile', 1), ...both('cheekSquint', 1), jawOpen: 0.3 },
      grief: { ...both('mouthFrown', 1), browInnerUp: 1, mouthShrugLower: 0.6 },
      anger: { ...both('browDown', 1), ...both('noseSneer', 0.5), ...both('mouthPress', 0.6) },
      disgust: { ...both('noseSneer', 1), ...both('mouthUpperUp', 0.5), ...both('cheekSquint', 0.5) },
      fear: { ...both('mouthStretch', 1), ...both('browDown', 0.4), browInnerUp: 1 },
    };
    for (const [name, weights] of Object.entries(feelings)) {
      expect(folded(motion(weights)), name).toBeLessThanOrEqual(MOST);
    }
  });
});
