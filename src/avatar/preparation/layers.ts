import { type AvatarLayers, clamp, type Picture, smoothstep } from '../../core/index.ts';
import { fillUnknown, nearestKnown } from './inpainting.ts';
import type { WorkingCopy } from './matting.ts';
import { boxMean, combine, multiply, type Plane, plane, Upsampler } from './planes.ts';
import { unmix } from './unmixing.ts';

/**
 * How far from the matte the background starts to be trusted, in face heights. Flyaway hair and rims of light reach
 * beyond the matte and would stay behind as a ghost. On a plain background nobody misses what is filled in; on a busy
 * one the photo itself is kept nearer to the person.
 */
const CLEARANCE = { busy: 0.035, plain: 0.085 } as const;
/** Largest local contrast (standard deviation of fine detail, 0..1) of a plain background. */
const PLAIN_CONTRAST = 0.018;
/** Size of fine detail, and of the neighbourhood that is judged, in face heights. */
const DETAIL = { size: 0.03, around: 0.15 } as const;
/** Radius that separates the filling's smooth part from the texture laid over it, in face heights. */
const TEXTURE_RADIUS = 0.06;
/** How far under the person the texture reaches, in face heights: deeper than any movement shows. */
const TEXTURE_REACH = 0.28;
/** Radius over which the mirror image is smoothed, in face heights. */
const MIRROR_SMOOTHING = 0.04;
/** Largest difference that counts as texture, 0..255: edges and picture frames are not repeated. */
const MOST_DETAIL = 40;
/** Half width of the transition from photo to filling, in face heights. */
const FEATHER = 0.02;
/** Width of what is left out along the region's border, in face heights: scanned pictures often have a bright edge. */
const BORDER = 0.02;

/** Both layers of a person who could not be cut out: the photo itself, twice. */
export function photoLayers(photo: Picture): AvatarLayers {
  return { foreground: photo.data.slice(), background: photo.data.slice(), matted: false };
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

  const background = paintBackground(photo, working, knownBackground(working, person, unit), unit);

  const core = boxMean(person, Math.max(1, Math.round(0.012 * unit)));
  const solid = combine(core, (index) => (core.data[index] > 0.97 ? 1 : 0));
  const body = [working.red, working.green, working.blue].map(copy);
  fillUnknown(body, solid);
  return { foreground: unmix(photo, alpha, background, body, factor), background, matted: true };
}

/** What is known about the background, at working resolution. */
interface KnownBackground {
  /** 1 well away from the person, else 0: what the filling is made of. */
  readonly clean: Plane;
  /** How much the photo itself is shown, 0..1. */
  readonly trust: Plane;
}

function knownBackground(working: WorkingCopy, person: Plane, unit: number): KnownBackground {
  const pixels = (faceHeights: number) => Math.max(1, Math.round(faceHeights * unit));
  const away = (distance: number) => {
    const touched = boxMean(person, pixels(distance)).data;
    return combine(person, (index) => (touched[index] < 0.004 ? 1 : 0));
  };
  const near = away(CLEARANCE.busy).data;
  const clean = away(CLEARANCE.plain);
  clearBorder(clean, pixels(BORDER));
  const smooth = boxMean(working.green, pixels(DETAIL.size)).data;
  const detail = combine(
    clean,
    (index) => clean.data[index] * (working.green.data[index] - smooth[index]) ** 2,
  );
  const energy = boxMean(detail, pixels(DETAIL.around)).data;
  const weight = boxMean(clean, pixels(DETAIL.around)).data;
  const shown = combine(clean, (index) =>
    energy[index] > PLAIN_CONTRAST ** 2 * weight[index] ? near[index] : clean.data[index],
  );
  return { clean, trust: erode(shown, pixels(FEATHER)) };
}

/** Zeroes a frame `size` pixels wide, in place. */
function clearBorder({ width, height, data }: Plane, size: number): void {
  for (let y = 0; y < height; y += 1) {
    const start = y * width;
    if (y < size || y >= height - size) data.fill(0, start, start + width);
    data.fill(0, start, start + size);
    data.fill(0, start + width - size, start + width);
  }
}

const copy = ({ width, height, data }: Plane): Plane => ({ width, height, data: data.slice() });

/** Averages blocks of `factor` x `factor`. */
function shrink(source: Plane, factor: number): Plane {
  if (factor === 1) return source;
  const out = plane(Math.ceil(source.width / factor), Math.ceil(source.height / factor));
  const { data, width } = source;
  for (let y = 0, to = 0; y < out.height; y += 1) {
    const rows = Math.min(factor, source.height - y * factor);
    for (let x = 0; x < out.width; x += 1, to += 1) {
      const columns = Math.min(factor, width - x * factor);
      let sum = 0;
      for (let row = 0; row < rows; row += 1) {
        const start = (y * factor + row) * width + x * factor;
        for (let column = 0; column < columns; column += 1) sum += data[start + column];
      }
      out.data[to] = sum / (rows * columns);
    }
  }
  return out;
}

/** Where the background is known it is the photo; elsewhere the smooth filling, with texture mirrored at the edge. */
function paintBackground(
  photo: Picture,
  working: WorkingCopy,
  { clean, trust: trusted }: KnownBackground,
  unit: number,
): Uint8Array {
  const { factor } = working;
  const behind = [working.red, working.green, working.blue].map(copy);
  fillUnknown(behind, clean);
  const wayOut = nearestKnown(clean);
  // Smoothed, so that the mirror image has no tears where the nearest edge jumps from one side to another.
  const smoothing = Math.max(1, Math.round(MIRROR_SMOOTHING * unit));
  const [dx, dy] = [boxMean(wayOut.dx, smoothing), boxMean(wayOut.dy, smoothing)];
  const sources = erode(clean, smoothing).data;
  const base = knownAverage(working, clean, Math.max(1, Math.round(TEXTURE_RADIUS * unit)));
  const up = new Upsampler([trusted, dx, dy, ...behind], factor, photo.width);
  const { left, share } = up;
  const [trusts, wayX, wayY, ...colours] = up.rows;
  const { data } = photo;
  const out = data.slice();
  const reach = TEXTURE_REACH * unit;
  for (let y = 0, at = 0; y < photo.height; y += 1) {
    up.choose(y);
    for (let x = 0; x < photo.width; x += 1, at += 4) {
      const a = left[x];
      const s = share[x];
      const trust = trusts[a] + (trusts[a + 1] - trusts[a]) * s;
      if (trust === 1) continue;
      const outX = wayX[a] + (wayX[a + 1] - wayX[a]) * s;
      const outY = wayY[a] + (wayY[a + 1] - wayY[a]) * s;
      const depth = Math.sqrt(outX * outX + outY * outY);
      let texture = 0;
      let cell = 0;
      let source = 0;
      if (depth < reach) {
        // The mirror image of this place across the edge of the clean background, in working pixels.
        const mirrorX = (x + 0.5) / factor + 2 * outX;
        const mirrorY = (y + 0.5) / factor + 2 * outY;
        if (mirrorX >= 0 && mirrorY >= 0 && mirrorX < clean.width && mirrorY < clean.height) {
          cell = (mirrorY | 0) * clean.width + (mirrorX | 0);
          texture = (1 - smoothstep(depth / reach)) * sources[cell];
          const column = Math.min(photo.width - 1, (mirrorX * factor) | 0);
          const line = Math.min(photo.height - 1, (mirrorY * factor) | 0);
          source = (line * photo.width + column) * 4;
        }
      }
      for (let k = 0; k < 3; k += 1) {
        const row = colours[k];
        let value = (row[a] + (row[a + 1] - row[a]) * s) * 255;
        if (texture > 0) {
          const detail = data[source + k] - base[k][cell] * 255;
          value += texture * clamp(detail, -MOST_DETAIL, MOST_DETAIL);
        }
        if (trust > 0) value = value * (1 - trust) + data[at + k] * trust;
        out[at + k] = value < 0 ? 0 : value > 255 ? 255 : value + 0.5;
      }
    }
  }
  return out;
}

/** Fades a plane of 0 and 1 out towards the edges of what is 1. */
function erode(source: Plane, radius: number): Plane {
  const mean = boxMean(source, radius).data;
  return combine(source, (index) => smoothstep((mean[index] - 0.5) * 2));
}

/** Local mean of the known background only. */
function knownAverage(working: WorkingCopy, known: Plane, radius: number): Float32Array[] {
  const weight = boxMean(known, radius).data;
  return [working.red, working.green, working.blue].map((channel) => {
    const { data } = boxMean(multiply(channel, known), radius);
    for (let index = 0; index < data.length; index += 1) {
      if (weight[index] > 0) data[index] /= weight[index];
    }
    return data;
  });
}
