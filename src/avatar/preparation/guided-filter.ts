import { boxMean, multiply, type Plane, plane } from './planes.ts';

/** A colour image as three planes of the same size, values 0..1. */
export interface ColourPlanes {
  readonly red: Plane;
  readonly green: Plane;
  readonly blue: Plane;
}

/** Per pixel: matte = red * r + green * g + blue * b + offset. Smooth, so that it can be used at a higher resolution. */
export interface LocalColourModel extends ColourPlanes {
  readonly offset: Plane;
}

/**
 * Explains a coarse mask locally as a linear function of colour: the guided filter with a colour guide (He, Sun, Tang,
 * "Guided image filtering", 2013), which lets a blurred mask follow hair. Applying the coefficients at full resolution
 * makes it the fast guided filter (He and Sun, 2015).
 *
 * @param guide - The picture.
 * @param mask - The coarse mask, 0..1.
 * @param radius - Half side of the windows, pixels.
 * @param epsilon - Colour variance below which nothing is explained.
 */
export function fitLocalColours(
  guide: ColourPlanes,
  mask: Plane,
  radius: number,
  epsilon: number,
): LocalColourModel {
  const colours = [guide.red, guide.green, guide.blue];
  const means = colours.map((channel) => boxMean(channel, radius).data);
  const meanMask = boxMean(mask, radius).data;
  const product = (a: Plane, b: Plane) => boxMean(multiply(a, b), radius).data;
  const withMask = colours.map((channel) => product(channel, mask));
  const [rr, rg, rb] = colours.map((channel) => product(guide.red, channel));
  const [gg, gb] = [product(guide.green, guide.green), product(guide.green, guide.blue)];
  const bb = product(guide.blue, guide.blue);
  const [meanRed, meanGreen, meanBlue] = means;
  const slopes = colours.map((channel) => plane(channel.width, channel.height));
  const [slopeRed, slopeGreen, slopeBlue] = slopes;
  const offset = plane(mask.width, mask.height);
  for (let index = 0; index < meanMask.length; index += 1) {
    const r = meanRed[index];
    const g = meanGreen[index];
    const b = meanBlue[index];
    const p = meanMask[index];
    const v00 = rr[index] - r * r + epsilon;
    const v01 = rg[index] - r * g;
    const v02 = rb[index] - r * b;
    const v11 = gg[index] - g * g + epsilon;
    const v12 = gb[index] - g * b;
    const v22 = bb[index] - b * b + epsilon;
    const c0 = withMask[0][index] - r * p;
    const c1 = withMask[1][index] - g * p;
    const c2 = withMask[2][index] - b * p;
    // Inverse of the symmetric 3 x 3 matrix by cofactors.
    const m00 = v11 * v22 - v12 * v12;
    const m01 = v02 * v12 - v01 * v22;
    const m02 = v01 * v12 - v02 * v11;
    const m11 = v00 * v22 - v02 * v02;
    const m12 = v01 * v02 - v00 * v12;
    const m22 = v00 * v11 - v01 * v01;
    const inverse = 1 / (v00 * m00 + v01 * m01 + v02 * m02);
    const a0 = (m00 * c0 + m01 * c1 + m02 * c2) * inverse;
    const a1 = (m01 * c0 + m11 * c1 + m12 * c2) * inverse;
    const a2 = (m02 * c0 + m12 * c1 + m22 * c2) * inverse;
    slopeRed.data[index] = a0;
    slopeGreen.data[index] = a1;
    slopeBlue.data[index] = a2;
    offset.data[index] = p - a0 * r - a1 * g - a2 * b;
  }
  const [red, green, blue] = slopes.map((slope) => boxMean(slope, radius));
  return { red, green, blue, offset: boxMean(offset, radius) };
}
