import { clamp, smoothstep } from '../../core/geometry.ts';
import type { AvatarLayers, Picture } from '../../core/index.ts';
import { fillUnknown, nearestKnown } from './inpainting.ts';
import type { WorkingCopy } from './matting.ts';
import { findPatchSources, type PatchSources } from './patch-fill.ts';
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
/** Local contrast from which a background is wholly busy: there structures go on behind the person, not only grain. */
const BUSY_CONTRAST = 0.045;
/** Radius that tells structure and texture apart on a plain background, in face heights. */
const TEXTURE_RADIUS = 0.06;
/** How far behind the person the background is made up, in face heights: deeper than any movement shows. */
const REACH = 0.34;
/** Face height in pixels at which patches are looked for: texture is told apart, and time is saved. */
const SEARCH_FACE_HEIGHT = 80;
/** Largest difference that counts as texture, 0..255: edges and picture frames are not repeated on a plain background. */
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
  /** 0 where the background near by is plain, 1 where it is busy. */
  readonly busy: Plane;
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
  // The running sums of the means leave a trace below 0 where nothing is.
  const contrast = combine(clean, (index) =>
    Math.sqrt(Math.max(0, energy[index]) / Math.max(weight[index], 1e-6)),
  );
  fillUnknown([contrast], clean);
  const busy = combine(clean, (index) =>
    smoothstep((contrast.data[index] - PLAIN_CONTRAST) / (BUSY_CONTRAST - PLAIN_CONTRAST)),
  );
  return { clean, trust: erode(shown, pixels(FEATHER)), busy };
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

/**
 * Where the background is known it is the photo. Behind the person's edge it is made of patches of the photo: as they are
 * where it is busy, and only their texture where it is plain, over a smooth filling. Deeper in, the filling is enough.
 */
function paintBackground(
  photo: Picture,
  working: WorkingCopy,
  { clean, trust: trusted, busy }: KnownBackground,
  unit: number,
): Uint8Array {
  const { factor } = working;
  const behind = [working.red, working.green, working.blue].map(copy);
  fillUnknown(behind, clean);
  const { dx, dy } = nearestKnown(clean);
  const share = combine(clean, (index) =>
    smoothstep(2 - (2 * Math.hypot(dx.data[index], dy.data[index])) / (REACH * unit)),
  );
  const copied = makePatches(photo, behind, clean, share, factor, unit);
  const up = new Upsampler([trusted, share, busy, ...behind], factor, photo.width);
  const [trusts, shares, busyness, ...colours] = up.rows;
  const { data } = photo;
  const out = data.slice();
  for (let y = 0, pixel = 0; y < photo.height; y += 1) {
    up.choose(y);
    copied?.choose(y);
    for (let x = 0; x < photo.width; x += 1, pixel += 4) {
      const left = up.left[x];
      const right = up.share[x];
      const trust = trusts[left] + (trusts[left + 1] - trusts[left]) * right;
      if (trust === 1) continue;
      const amount = shares[left] + (shares[left + 1] - shares[left]) * right;
      const copy = copied !== null && amount > 0 && copied.look(x) ? copied : null;
      const structure = copy ? busyness[left] + (busyness[left + 1] - busyness[left]) * right : 0;
      for (let k = 0; k < 3; k += 1) {
        const row = colours[k];
        let value = (row[left] + (row[left + 1] - row[left]) * right) * 255;
        if (copy) {
          const texture = value + clamp(copy.colour[k] - copy.mean[k], -MOST_DETAIL, MOST_DETAIL);
          value += amount * (texture + (copy.colour[k] - texture) * structure - value);
        }
        if (trust > 0) value = value * (1 - trust) + data[pixel + k] * trust;
        out[pixel + k] = value < 0 ? 0 : value > 255 ? 255 : value + 0.5;
      }
    }
  }
  return out;
}

/** Looks for patches at a resolution at which textures are still told apart; `null` if there is nothing to copy. */
function makePatches(
  photo: Picture,
  behind: readonly Plane[],
  clean: Plane,
  share: Plane,
  factor: number,
  unit: number,
): PatchReader | null {
  const coarse = Math.max(1, Math.round(unit / SEARCH_FACE_HEIGHT));
  const source = shrink(clean, coarse);
  const known = combine(source, (index) => (source.data[index] > 0.999 ? 1 : 0));
  const amount = shrink(share, coarse);
  const hole = combine(known, (index) => (known.data[index] === 0 && amount.data[index] > 0 ? 1 : 0));
  const colours = behind.map((plane) => shrink(plane, coarse));
  const patches = findPatchSources(colours, known, hole);
  if (patches === null) return null;
  const radius = Math.max(1, Math.round((TEXTURE_RADIUS * unit) / coarse));
  return new PatchReader(photo, factor * coarse, known, hole, patches, knownAverage(colours, known, radius));
}

/** Reads the photo where the patches say; between four working pixels their four copies are blended. */
class PatchReader {
  /** Red, green and blue of the copy, 0..255. */
  readonly colour = new Float64Array(3);
  /** The same of the photo's local mean where it was taken. */
  readonly mean = new Float64Array(3);
  readonly #photo: Picture;
  readonly #factor: number;
  readonly #width: number;
  readonly #height: number;
  /** 1 where a working pixel has a copy. */
  readonly #has: Uint8Array;
  readonly #patches: PatchSources;
  readonly #means: readonly Float32Array[];
  /** The chosen row of the photo, the working rows around it and how far it lies towards the lower one. */
  #y = 0;
  #top = 0;
  #bottom = 0;
  #down = 0;

  /** @param means - Local means of the clean background at working resolution, 0..1. */
  constructor(
    photo: Picture,
    factor: number,
    clean: Plane,
    hole: Plane,
    patches: PatchSources,
    means: readonly Float32Array[],
  ) {
    this.#photo = photo;
    this.#factor = factor;
    this.#width = clean.width;
    this.#height = clean.height;
    this.#has = new Uint8Array(clean.data.length);
    for (let at = 0; at < clean.data.length; at += 1) {
      this.#has[at] = clean.data[at] >= 1 || hole.data[at] !== 0 ? 1 : 0;
    }
    this.#patches = patches;
    this.#means = means;
  }

  /** Chooses a row of the photo. */
  choose(y: number): void {
    const row = Math.min(this.#height - 1, Math.max(0, (y + 0.5) / this.#factor - 0.5));
    const top = row | 0;
    this.#y = y;
    this.#top = top * this.#width;
    this.#bottom = Math.min(this.#height - 1, top + 1) * this.#width;
    this.#down = row - top;
  }

  /** Reads the copy for a pixel of the chosen row; `false` if there is none. */
  look(x: number): boolean {
    const column = Math.min(this.#width - 1, Math.max(0, (x + 0.5) / this.#factor - 0.5));
    const left = column | 0;
    const right = left + 1 < this.#width ? left + 1 : left;
    const s = column - left;
    const t = this.#down;
    const { colour, mean } = this;
    colour[0] = colour[1] = colour[2] = 0;
    mean[0] = mean[1] = mean[2] = 0;
    let total = 0;
    for (let corner = 0; corner < 4; corner += 1) {
      const cell = (corner < 2 ? this.#top : this.#bottom) + (corner & 1 ? right : left);
      const weight = (corner & 1 ? s : 1 - s) * (corner < 2 ? 1 - t : t);
      if (weight === 0 || this.#has[cell] === 0) continue;
      this.#add(x, cell, weight);
      total += weight;
    }
    if (total < 1e-3) return false;
    for (let k = 0; k < 3; k += 1) {
      colour[k] /= total;
      mean[k] /= total;
    }
    return true;
  }

  /** Adds the copy that one working pixel asks for. */
  #add(x: number, cell: number, weight: number): void {
    const dx = this.#patches.dx.data[cell];
    const dy = this.#patches.dy.data[cell];
    const { width, height, data } = this.#photo;
    const fromX = clamp(x + dx * this.#factor, 0, width - 1);
    const fromY = clamp(this.#y + dy * this.#factor, 0, height - 1);
    const from = (fromY * width + fromX) * 4;
    const source = cell + dy * this.#width + dx;
    const { colour, mean } = this;
    for (let k = 0; k < 3; k += 1) {
      colour[k] += weight * data[from + k];
      mean[k] += weight * this.#means[k][source] * 255;
    }
  }
}

/** Fades a plane of 0 and 1 out towards the edges of what is 1. */
function erode(source: Plane, radius: number): Plane {
  const mean = boxMean(source, radius).data;
  return combine(source, (index) => smoothstep((mean[index] - 0.5) * 2));
}

/** Local mean of the known background only. */
function knownAverage(channels: readonly Plane[], known: Plane, radius: number): Float32Array[] {
  const weight = boxMean(known, radius).data;
  return channels.map((channel) => {
    const { data } = boxMean(multiply(channel, known), radius);
    for (let index = 0; index < data.length; index += 1) {
      if (weight[index] > 0) data[index] /= weight[index];
    }
    return data;
  });
}
