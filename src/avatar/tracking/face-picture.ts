import type { FacePicture, TrackedFace, VideoFrame } from '../../core/index.ts';
import { FrameSampler } from './frame-sampler.ts';

/** Side of the picture in heights of the face. */
const SPAN = 2;
/** Longest side that is worth keeping, pixels. */
const LONGEST = 1536;
const FOREHEAD = 10;
const CHIN = 152;

/** Cuts a square around a face out of a frame; beyond the frame its border is repeated. The caller owns the picture. */
export async function facePicture(frame: VideoFrame, face: TrackedFace): Promise<FacePicture> {
  const { landmarks } = face;
  const [x, y] = [0, 1].map(
    (axis) => (landmarks[FOREHEAD * 3 + axis]! + landmarks[CHIN * 3 + axis]!) / 2,
  ) as [number, number];
  const height = Math.hypot(
    landmarks[FOREHEAD * 3]! - landmarks[CHIN * 3]!,
    landmarks[FOREHEAD * 3 + 1]! - landmarks[CHIN * 3 + 1]!,
  );
  const size = Math.max(4, 4 * Math.round((SPAN * height) / 4));
  const side = Math.min(size, LONGEST);
  // On whole pixels, so that brightness is copied rather than interpolated.
  const [left, top] = [Math.round(x - size / 2), Math.round(y - size / 2)];
  const sampler = await FrameSampler.create(frame, side);
  const rgb = sampler.sample(
    { x: left + size / 2, y: top + size / 2, size, angle: 0 },
    { side, range: [0, 255], beyond: 'repeat' },
  );
  const data = new Uint8Array(side * side * 4);
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) {
    for (let k = 0; k < 3; k++) data[to + k] = Math.round(rgb[from + k]!);
    data[to + 3] = 255;
  }
  const scale = side / size;
  return {
    picture: { width: side, height: side, data },
    face: {
      ...face,
      landmarks: landmarks.map(
        (value, i) => (i % 3 === 0 ? value - left : i % 3 === 1 ? value - top : value) * scale,
      ),
      seam: face.seam.map((value, i) => (value - (i % 2 === 0 ? left : top)) * scale),
      gap: face.gap * scale,
    },
  };
}
