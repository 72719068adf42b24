import { type AvatarLayers, type Picture, smoothstep } from '../../core/index.ts';
import { fillUnknown, nearestKnown } from './inpainting.ts';
import type { WorkingCopy } from './matting.ts';
import { boxMean, combine, type Plane, plane, sample, stretch } from './planes.ts';

/** How far from the matte the background starts to be trusted, in face heights: hair reaches beyond its matte. */
const CLEARANCE = 0.03;
/** Radius that separates the filling's smooth part from the texture laid over it, in face heights. */
const TEXTURE_RADIUS = 0.06;
/** How far under the person the texture reaches, in face heights: deeper than any movement shows. */
const TEXTURE_REACH = 0.4;
/** Alpha above which a pixel is taken as it is. */
const OPAQUE = 0.996;
/** Alpha below which nothing is drawn. */
const INVISIBLE = 0.004;

/** Both layers of a person who could not be cut out: the photo itself, twice. */
export function photoLayers(photo: Picture): AvatarLayers {
  return { foreground: opaque(photo), background: opaque(photo), matted: false };
}

/**
 * Separates person and background: fills the background behind the person and takes the background's share out of the
 * person's soft edges.
 *
 * @param photo - The region.
 * @param alpha - The person's opacity, size of the photo.
 */
export function cutLayers(
  photo: Picture,
  working: WorkingCopy,
  alpha: Plane,
  faceHeight: number,
): AvatarLayers {
  const { factor } = working;
  const unit = faceHeight / factor;
  const person = shrink(alpha, factor);
  const colours = [working.red, working.green, working.blue];

  const clearance = Math.max(2, Math.round(CLEARANCE * unit));
  const touched = boxMean(person, clearance);
  const known = combine(touched, (index) => (touched.data[index] < 0.004 ? 1 : 0));
  const behind = colours.map(copy);
  fillUnknown(behind, known);
  const background = paintBackground(photo, working, behind, known, unit);

  const core = boxMean(person, Math.max(1, Math.round(0.012 * unit)));
  const solid = combine(core, (index) => (core.data[index] > 0.97 ? 1 : 0));
  const body = colours.map(copy);
  fillUnknown(body, solid);
  return { foreground: unmix(photo, alpha, background, body, factor), background, matted: true };
}

function opaque(photo: Picture): Uint8Array {
  const out = photo.data.slice();
  for (let at = 3; at < out.length; at += 4) out[at] = 255;
  return out;
}

const copy = ({ width, height, data }: Plane): Plane => ({ width, height, data: data.slice() });

/** Averages blocks of `factor` x `factor`. */
function shrink(source: Plane, factor: number): Plane {
  if (factor === 1) return source;
  const out = plane(Math.ceil(source.width / factor), Math.ceil(source.height / factor));
  for (let y = 0; y < source.height; y += 1) {
    const row = ((y / factor) | 0) * out.width;
    const rows = Math.min(factor, source.height - ((y / factor) | 0) * factor);
    for (let x = 0; x < source.width; x += 1) {
      const column = (x / factor) | 0;
      const cells = rows * Math.min(factor, source.width - column * factor);
      out.data[row + column] += source.data[y * source.width + x] / cells;
    }
  }
  return out;
}

/** Where the background is known it is the photo; elsewhere the smooth filling, with texture mirrored at the edge. */
function paintBackground(
  photo: Picture,
  working: WorkingCopy,
  behind: readonly Plane[],
  known: Plane,
  unit: number,
): Uint8Array {
  const { factor } = working;
  const wayOut = nearestKnown(known);
  const base = knownAverage(working, known, Math.max(1, Math.round(TEXTURE_RADIUS * unit)));
  const across = stretch(known.width, photo.width, factor);
  const down = stretch(known.height, photo.height, factor);
  const out = opaque(photo);
  const reach = TEXTURE_REACH * unit;
  for (let y = 0, at = 0; y < photo.height; y += 1) {
    const [top, bottom, t] = [down.low[y] * known.width, down.high[y] * known.width, down.share[y]];
    for (let x = 0; x < photo.width; x += 1, at += 4) {
      const [left, right, s] = [across.low[x], across.high[x], across.share[x]];
      const [a, b, c, d] = [top + left, top + right, bottom + left, bottom + right];
      const [wa, wb, wc, wd] = [(1 - s) * (1 - t), s * (1 - t), (1 - s) * t, s * t];
      const at4 = (values: Float32Array) => values[a] * wa + values[b] * wb + values[c] * wc + values[d] * wd;
      const trust = at4(known.data);
      if (trust === 1) continue;
      const [dx, dy] = [at4(wayOut.dx.data), at4(wayOut.dy.data)];
      const depth = Math.hypot(dx, dy);
      const texture = 1 - smoothstep(depth / reach);
      // The mirror image of this place across the edge of the known background, in working and in region pixels.
      const [mirrorX, mirrorY] = [(x + 0.5) / factor + 2 * dx, (y + 0.5) / factor + 2 * dy];
      const usable = texture > 0 ? texture * inside(known, mirrorX, mirrorY) : 0;
      const source = usable > 0 ? pixelAt(photo, mirrorX * factor, mirrorY * factor) : at;
      for (let k = 0; k < 3; k += 1) {
        let value = at4(behind[k].data) * 255;
        if (usable > 0) value += usable * (photo.data[source + k] - sample(base[k], mirrorX, mirrorY) * 255);
        value = value * (1 - trust) + photo.data[at + k] * trust;
        out[at + k] = value < 0 ? 0 : value > 255 ? 255 : value + 0.5;
      }
    }
  }
  return out;
}

/** Whether a working place lies in the known background: 1, 0, or soft at its edge. */
function inside(known: Plane, x: number, y: number): number {
  if (x < 0 || y < 0 || x > known.width || y > known.height) return 0;
  return sample(known, x, y);
}

function pixelAt(photo: Picture, x: number, y: number): number {
  const column = Math.min(photo.width - 1, Math.max(0, x | 0));
  const row = Math.min(photo.height - 1, Math.max(0, y | 0));
  return (row * photo.width + column) * 4;
}

/** Local mean of the known background only. */
function knownAverage(working: WorkingCopy, known: Plane, radius: number): Plane[] {
  const weight = boxMean(known, radius).data;
  return [working.red, working.green, working.blue].map((channel) => {
    const masked = combine(channel, (index) => channel.data[index] * known.data[index]);
    const mean = boxMean(masked, radius);
    return combine(mean, (index) => (weight[index] > 0 ? mean.data[index] / weight[index] : 0));
  });
}

/**
 * Premultiplied colours of the person. In soft edges, what the photo shows is `alpha * person + (1 - alpha) *
 * background`; solved for the person and held near the colours of the solid person beside it, as the quotient is
 * noisy where alpha is small.
 */
function unmix(
  photo: Picture,
  alpha: Plane,
  background: Uint8Array,
  body: readonly Plane[],
  factor: number,
): Uint8Array {
  const out = new Uint8Array(photo.data.length);
  const { data } = photo;
  for (let y = 0, index = 0; y < photo.height; y += 1) {
    for (let x = 0; x < photo.width; x += 1, index += 1) {
      const share = alpha.data[index];
      const at = index * 4;
      if (share <= INVISIBLE) continue;
      if (share > OPAQUE) {
        for (let k = 0; k < 3; k += 1) out[at + k] = data[at + k];
        out[at + 3] = 255;
        continue;
      }
      const guess = smoothstep((0.5 - share) / 0.4);
      for (let k = 0; k < 3; k += 1) {
        const near = sample(body[k], (x + 0.5) / factor, (y + 0.5) / factor) * 255;
        const photographed = data[at + k];
        const solved = (photographed - (1 - share) * background[at + k]) / share;
        const low = Math.min(photographed, near) - 12;
        const high = Math.max(photographed, near) + 12;
        const limited = solved < low ? low : solved > high ? high : solved;
        const value = (limited * (1 - guess) + near * guess) * share;
        out[at + k] = value < 0 ? 0 : value > 255 ? 255 : value + 0.5;
      }
      out[at + 3] = Math.round(share * 255);
    }
  }
  return out;
}
