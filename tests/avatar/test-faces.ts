import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';
import { canonicalFace, type Face, type Mask } from '../../src/avatar/analysis/index.ts';
import { type AvatarParts, buildAvatar } from '../../src/avatar/preparation/index.ts';
import type { Avatar, Picture, ShapeName } from '../../src/core/index.ts';
import { usePlatform } from '../../src/platform/index.ts';
import { nodePlatform } from '../../src/platform/node/index.ts';
import { edit, readPortrait } from './test-pictures.ts';

/** What the analysis said about the portrait `ava`, kept so that these tests need no networks. */
const recorded = JSON.parse(
  readFileSync(new URL('../fixtures/ava-analysis.json', import.meta.url), 'utf8'),
) as {
  face: Omit<Face, 'landmarks'> & { landmarks: string };
  mask: Omit<Mask, 'data'> & { data: string };
};

const INNER_UPPER = [78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308];
const INNER_LOWER = [78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308];
const OUTER_LOWER = [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291];

/** Everything `buildAvatar` wants to know about `ava`, the picture scaled by `scale`. */
export async function avaParts(scale = 1): Promise<AvatarParts> {
  usePlatform(nodePlatform);
  const original = await readPortrait('ava');
  const width = Math.round(original.width * scale);
  const picture = scale === 1 ? original : await edit(original, (image) => image.resize(width));
  const bytes = Buffer.from(recorded.face.landmarks, 'base64');
  const landmarks = new Float32Array(Uint8Array.from(bytes).buffer).map((value) => value * scale);
  const { box, height, pose, score } = recorded.face;
  const { rect } = recorded.mask;
  const mask: Mask = {
    rect: scaleRect(rect, scale),
    width: recorded.mask.width,
    height: recorded.mask.height,
    data: Float32Array.from(
      inflateRawSync(Buffer.from(recorded.mask.data, 'base64')),
      (value) => value / 255,
    ),
  };
  return {
    picture,
    face: { landmarks, box: scaleRect(box, scale), height: height * scale, pose, score },
    mask,
    canonical: await canonicalFace(),
    id: 'ava',
    warnings: [],
    surround: null,
  };
}

function scaleRect(rect: Face['box'], scale: number): Face['box'] {
  return {
    x: rect.x * scale,
    y: rect.y * scale,
    width: rect.width * scale,
    height: rect.height * scale,
  };
}

/** `ava` with her mouth opened: the lower lip's landmarks move down and the gap is painted dark. */
export async function openMouthedAva(gap: number): Promise<AvatarParts> {
  const parts = await avaParts();
  const landmarks = parts.face.landmarks.slice();
  const open = (chain: readonly number[]) => {
    chain.forEach((point, index) => {
      landmarks[point * 3 + 1] += gap * Math.sin((Math.PI * index) / (chain.length - 1));
    });
  };
  open(INNER_LOWER);
  open(OUTER_LOWER);
  const outline = [...INNER_UPPER, ...INNER_LOWER.slice(1, -1).reverse()];
  const polygon = outline.map((point) => `${landmarks[point * 3]},${landmarks[point * 3 + 1]}`).join(' ');
  const { width, height } = parts.picture;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><polygon points="${polygon}" fill="#1c0709"/></svg>`;
  const picture = await edit(parts.picture, (image) => image.composite([{ input: Buffer.from(svg) }]));
  return { ...parts, picture, face: { ...parts.face, landmarks } };
}

/** The upper teeth that {@link smilingAva} shows: colour, and height in pixels. */
export const PAINTED_TEETH = { colour: [226, 216, 190], height: 20 } as const;

/** `ava` with her mouth open and teeth painted under the upper lip, parted by fine lines. */
export async function smilingAva(gap = 46): Promise<AvatarParts> {
  const parts = await openMouthedAva(gap);
  const { landmarks } = parts.face;
  const at = (point: number) => `${landmarks[point * 3]},${landmarks[point * 3 + 1]}`;
  const upper = INNER_UPPER.slice(2, -2);
  const below = [...upper].reverse().map((point) => {
    return `${landmarks[point * 3]},${landmarks[point * 3 + 1]! + PAINTED_TEETH.height}`;
  });
  const middle = landmarks[13 * 3]!;
  const lines = [-44, -22, 0, 22, 44].map(
    (x) => `<path d="M${middle + x} 0V2000" stroke="#8a7a68" stroke-width="1.5"/>`,
  );
  const { width, height } = parts.picture;
  const row = `<clipPath id="row"><polygon points="${[...upper.map(at), ...below].join(' ')}"/></clipPath>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${row}<g clip-path="url(#row)"><rect width="100%" height="100%" fill="rgb(${PAINTED_TEETH.colour})"/>${lines.join('')}</g></svg>`;
  const picture = await edit(parts.picture, (image) => image.composite([{ input: Buffer.from(svg) }]));
  return { ...parts, picture };
}

let ava: Promise<Avatar> | undefined;
/** The avatar of `ava` at full size, built once. */
export function builtAva(): Promise<Avatar> {
  ava ??= avaParts().then(buildAvatar);
  return ava;
}

/** Positions of all vertices (`x, y, z`) under some weights, `restClose` included. */
export function posed(avatar: Avatar, weights: Partial<Record<ShapeName, number>>): Float64Array {
  const out = Float64Array.from(avatar.mesh.rest);
  for (const [name, weight] of Object.entries({ restClose: 1, ...weights })) {
    const shape = avatar.shapes[name as ShapeName];
    if (!shape) throw new Error(`The avatar has no shape ${name}.`);
    shape.indices.forEach((vertex, index) => {
      for (let k = 0; k < 3; k += 1) out[vertex * 3 + k] += weight * shape.deltas[index * 3 + k]!;
    });
  }
  return out;
}

/** Gap between both inner lip contours along the mouth's vertical axis, region pixels, from corner to corner. */
export function lipGaps(avatar: Avatar, positions: Float64Array): number[] {
  const { innerUpper, innerLower, axisY } = avatar.mouth;
  return Array.from(innerUpper, (upper, index) => {
    const lower = innerLower[index]!;
    const dx = positions[lower * 3]! - positions[upper * 3]!;
    const dy = positions[lower * 3 + 1]! - positions[upper * 3 + 1]!;
    return dx * axisY[0] + dy * axisY[1];
  });
}

/** Premultiplied foreground over background, RGBA. */
export function composite({ layers, region }: Avatar): Picture {
  const data = layers.background.slice();
  for (let at = 0; at < data.length; at += 4) {
    const rest = 255 - layers.foreground[at + 3]!;
    for (let k = 0; k < 3; k += 1) {
      data[at + k] = Math.min(255, layers.foreground[at + k]! + Math.round((data[at + k]! * rest) / 255));
    }
  }
  return { width: region.width, height: region.height, data };
}
