import type { Face } from './types.ts';

/** A face as it would be seen from the front, upright. */
export interface FrontView {
  /** Distance between two landmarks in that view, picture pixels. */
  distance(a: number, b: number): number;
}

/** Takes the head's pose out of its landmarks. */
export function frontView({ landmarks, pose: { yaw, pitch, roll } }: Face): FrontView {
  const [sinYaw, cosYaw] = [Math.sin(yaw), Math.cos(yaw)];
  const [sinPitch, cosPitch] = [Math.sin(pitch), Math.cos(pitch)];
  const [sinRoll, cosRoll] = [Math.sin(roll), Math.cos(roll)];
  // First two columns of the head's rotation, roll first, then pitch, then yaw (y down, z away from the viewer): what
  // is rightwards and downwards in the face.
  const right = [
    cosYaw * cosRoll - sinYaw * sinPitch * sinRoll,
    cosPitch * sinRoll,
    sinYaw * cosRoll + cosYaw * sinPitch * sinRoll,
  ] as const;
  const down = [
    -cosYaw * sinRoll - sinYaw * sinPitch * cosRoll,
    cosPitch * cosRoll,
    -sinYaw * sinRoll + cosYaw * sinPitch * cosRoll,
  ] as const;
  return {
    distance(a, b) {
      const x = landmarks[a * 3]! - landmarks[b * 3]!;
      const y = landmarks[a * 3 + 1]! - landmarks[b * 3 + 1]!;
      const z = landmarks[a * 3 + 2]! - landmarks[b * 3 + 2]!;
      return Math.hypot(right[0] * x + right[1] * y + right[2] * z, down[0] * x + down[1] * y + down[2] * z);
    },
  };
}
