import { blurSquare } from '../painting/blur-square.ts';

/** Side of the picture that the measures below are of. */
const UNITS = 256;
/** What the network paints: cheeks, mouth and jaw ... */
const LEFT = 9;
const RIGHT = 248;
const TOP = 95;
/** ... round below, like half an ellipse ... */
const ROUND_FROM = 142;
const ROUND_DOWN = 101;
/** ... without the nose. */
const NOSE_LEFT = 78;
const NOSE_RIGHT = 179;
const NOSE_BOTTOM = 128;
/** Softness of the edge where its picture is put back. */
const SOFT = 3;

/** Whether the network paints at a place. */
function painted(x: number, y: number): boolean {
  if (x < LEFT || x >= RIGHT || y < TOP) return false;
  if (y < NOSE_BOTTOM && x >= NOSE_LEFT && x < NOSE_RIGHT) return false;
  if (y < ROUND_FROM) return true;
  const across = (2 * x - LEFT - RIGHT) / (RIGHT - LEFT);
  const down = (y - ROUND_FROM) / ROUND_DOWN;
  return across * across + down * down <= 1;
}

/** What the network keeps of a face, in its own pixels: `side` rows, 1 where it keeps, 0 where it paints. */
export function keptMask(side: number): Float32Array {
  return Float32Array.from({ length: side * side }, (_, at) => {
    const x = (((at % side) + 0.5) * UNITS) / side;
    const y = ((Math.floor(at / side) + 0.5) * UNITS) / side;
    return painted(x, y) ? 0 : 1;
  });
}

/** How strongly what it painted is seen: nothing where it keeps, from there softly up to 1. */
export function pasteMask(kept: Float32Array, side: number): Float32Array {
  const reach = Math.max(1, Math.round((SOFT * side) / UNITS));
  const scratch = new Float32Array(side * side);
  const shares = kept.map((value) => 1 - value);
  blurSquare(shares, side, reach, scratch);
  // Only where nothing that is kept came in: as far as that, it can be softened again.
  for (let at = 0; at < shares.length; at++) shares[at] = shares[at]! > 0.9999 ? 1 : 0;
  blurSquare(shares, side, reach, scratch);
  for (let at = 0; at < shares.length; at++) if (kept[at] === 1) shares[at] = 0;
  return shares;
}
