import { smoothstep } from '../../core/index.ts';

/** How long before a face is lost (or after it has come) its visibility falls (or rises), seconds. */
const FADE = 0.2;

/**
 * Makes visibility change softly: it has reached what was measured wherever that is low, and gets there and back over
 * {@link FADE}. Cuts are hard: the next scene has nothing to fade from.
 *
 * @param measured - By frame, 0..1.
 */
export function softVisibility(
  measured: Float32Array,
  isCut: (frame: number) => boolean,
  fps: number,
): Float32Array {
  const reach = Math.max(1, Math.round(FADE * fps));
  const soft = new Float32Array(measured.length);
  for (let frame = 0; frame < measured.length; frame++) {
    let least = measured[frame]!;
    for (const direction of [-1, 1]) {
      for (let step = 1; step <= reach; step++) {
        const other = frame + direction * step;
        if (other < 0 || other >= measured.length) break;
        if (isCut(direction < 0 ? other + 1 : other)) break;
        // Rises by a smooth step from what is there to full visibility.
        const there = measured[other]!;
        least = Math.min(least, there + (1 - there) * smoothstep(step / (reach + 1)));
      }
    }
    soft[frame] = least;
  }
  return soft;
}
