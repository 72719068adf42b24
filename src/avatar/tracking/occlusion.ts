import { smoothstep } from '../../core/basics.ts';
import type { TrackMeasures } from './measure-track.ts';
import { APPEARANCE_LENGTH, CUE } from './mouth-cues.ts';
import type { RawTrack } from './raw-track.ts';

/** Numbers of a frame that explain how its mouth looks: pose, size and opening. */
const CAUSES = 8;
/** Cells of the mouth's square. */
const CELLS = APPEARANCE_LENGTH / 3;
/** Rounds of fitting; in each, what fits badly counts less. */
const ROUNDS = 4;
/** A cell looks wrong if it differs by so many of its usual deviations from what the pose explains... */
const UNUSUAL = 4.5;
/** ...and by at least this much: of brightness (natural logarithm), and of colour (the same of ratios). */
const LEAST = { brightness: 0.3, colour: 0.16 } as const;
/** Smallest usual deviation: codecs and light are never quite steady. */
const FLOOR = { brightness: 0.05, colour: 0.03 } as const;
/** Share of wrong cells from which a mouth begins to be hidden, and at which it is. */
const HIDDEN = { from: 0.1, to: 0.28 } as const;
/** Frames to each side over which the share's median is taken: what hides a mouth does not flicker. */
const STEADY = 2;
/** Fewer frames than this tell nothing about what is usual. */
const LEAST_FRAMES = 25;

/**
 * How surely the mouth is seen in every frame, by its looks: the colours around it follow from pose and opening of the mouth
 * but where something comes before it, a hand or a microphone. What is usual is learnt from the clip itself, so a beard is
 * none, and neither is a microphone that is always there.
 *
 * @returns By frame, 0..1; 0 where the face was not seen.
 */
export async function mouthVisibility(track: RawTrack, measures: TrackMeasures): Promise<Float32Array> {
  const count = measures.visibility.length;
  const visible = new Float32Array(count);
  const frames: number[] = [];
  for (let frame = 0; frame < track.end; frame++) if (track.has(frame)) frames.push(frame);
  for (const frame of frames) visible[frame] = 1;
  if (frames.length < LEAST_FRAMES) return visible;
  const looks = new Float32Array(frames.length * APPEARANCE_LENGTH);
  for (const [i, frame] of frames.entries()) {
    readLook((await track.at(frame))!.cues, looks.subarray(i * APPEARANCE_LENGTH));
  }
  subtractExplained(looks, causesOf(measures, frames));
  const wrong = wrongShares(looks, frames.length);
  for (const [i, frame] of frames.entries()) {
    const around: number[] = [];
    for (let other = i - STEADY; other <= i + STEADY; other++) {
      if (other >= 0 && other < frames.length && Math.abs(frames[other]! - frame) <= STEADY)
        around.push(wrong[other]!);
    }
    const share = around.sort((a, b) => a - b)[around.length >> 1]!;
    visible[frame] = 1 - smoothstep((share - HIDDEN.from) / (HIDDEN.to - HIDDEN.from));
  }
  return visible;
}

/** Brightness and two colour ratios of each cell, as logarithms. */
function readLook(cues: Float32Array, out: Float32Array): void {
  for (let cell = 0; cell < CELLS; cell++) {
    const at = CUE.appearance + cell * 3;
    const [r, g, b] = [cues[at]! + 0.03, cues[at + 1]! + 0.03, cues[at + 2]! + 0.03];
    out[cell * 3] = Math.log(0.2126 * r + 0.7152 * g + 0.0722 * b);
    out[cell * 3 + 1] = Math.log(r / g);
    out[cell * 3 + 2] = Math.log(b / g);
  }
}

function causesOf(measures: TrackMeasures, frames: readonly number[]): Float64Array {
  const causes = new Float64Array(frames.length * CAUSES);
  for (const [i, frame] of frames.entries()) {
    const yaw = measures.yaw[frame]!;
    const pitch = measures.pitch[frame]!;
    const gap = measures.gap[frame]!;
    const size = Math.log(measures.height[frame]!);
    causes.set([1, yaw, pitch, yaw * yaw, pitch * pitch, measures.roll[frame]!, gap, size], i * CAUSES);
  }
  return causes;
}

/** Fits every number of the looks by the causes and leaves what they do not explain. Outliers lose their weight. */
function subtractExplained(looks: Float32Array, causes: Float64Array): void {
  const frames = causes.length / CAUSES;
  const weights = new Float64Array(frames).fill(1);
  const original = looks.slice();
  for (let round = 0; round < ROUNDS; round++) {
    const matrix = new Float64Array(CAUSES * CAUSES);
    const right = new Float64Array(CAUSES * APPEARANCE_LENGTH);
    for (let frame = 0; frame < frames; frame++) {
      const weight = weights[frame]!;
      for (let a = 0; a < CAUSES; a++) {
        const cause = weight * causes[frame * CAUSES + a]!;
        for (let b = 0; b < CAUSES; b++) matrix[a * CAUSES + b]! += cause * causes[frame * CAUSES + b]!;
        for (let k = 0; k < APPEARANCE_LENGTH; k++) {
          right[a * APPEARANCE_LENGTH + k]! += cause * original[frame * APPEARANCE_LENGTH + k]!;
        }
      }
    }
    // Causes that hardly vary in this clip must not explain much.
    for (let a = 1; a < CAUSES; a++) matrix[a * CAUSES + a]! += 1e-4 * frames;
    matrix[0]! += 1e-9 * frames;
    solve(matrix, right, CAUSES, APPEARANCE_LENGTH);
    const sizes = new Float64Array(frames);
    for (let frame = 0; frame < frames; frame++) {
      let size = 0;
      for (let k = 0; k < APPEARANCE_LENGTH; k++) {
        let explained = 0;
        for (let a = 0; a < CAUSES; a++)
          explained += causes[frame * CAUSES + a]! * right[a * APPEARANCE_LENGTH + k]!;
        const rest = original[frame * APPEARANCE_LENGTH + k]! - explained;
        looks[frame * APPEARANCE_LENGTH + k] = rest;
        size += rest * rest;
      }
      sizes[frame] = Math.sqrt(size);
    }
    const usual = Float64Array.from(sizes).sort()[frames >> 1]! + 1e-9;
    // Geman and McClure's weights.
    for (let frame = 0; frame < frames; frame++)
      weights[frame] = 1 / (1 + (sizes[frame]! / (2 * usual)) ** 2) ** 2;
  }
}

/** Gauss-Jordan elimination with pivoting; the result replaces `right`. */
function solve(matrix: Float64Array, right: Float64Array, n: number, columns: number): void {
  for (let step = 0; step < n; step++) {
    let pivot = step;
    for (let row = step + 1; row < n; row++) {
      if (Math.abs(matrix[row * n + step]!) > Math.abs(matrix[pivot * n + step]!)) pivot = row;
    }
    swapRows(matrix, step, pivot, n);
    swapRows(right, step, pivot, columns);
    const divisor = matrix[step * n + step]!;
    for (let row = 0; row < n; row++) {
      if (row === step) continue;
      const factor = matrix[row * n + step]! / divisor;
      if (factor === 0) continue;
      for (let k = step; k < n; k++) matrix[row * n + k]! -= factor * matrix[step * n + k]!;
      for (let k = 0; k < columns; k++) right[row * columns + k]! -= factor * right[step * columns + k]!;
    }
  }
  for (let row = 0; row < n; row++) {
    for (let k = 0; k < columns; k++) right[row * columns + k]! /= matrix[row * n + row]!;
  }
}

function swapRows(values: Float64Array, a: number, b: number, length: number): void {
  if (a === b) return;
  for (let k = 0; k < length; k++) {
    const kept = values[a * length + k]!;
    values[a * length + k] = values[b * length + k]!;
    values[b * length + k] = kept;
  }
}

/** Share of cells in each frame that look wrong. */
function wrongShares(rests: Float32Array, frames: number): Float64Array {
  const deviations = Float64Array.from({ length: APPEARANCE_LENGTH }, (_, k) => {
    const sizes = Float64Array.from({ length: frames }, (_, frame) =>
      Math.abs(rests[frame * APPEARANCE_LENGTH + k]!),
    );
    // Median absolute deviation as a standard deviation.
    return Math.max(k % 3 === 0 ? FLOOR.brightness : FLOOR.colour, 1.4826 * sizes.sort()[frames >> 1]!);
  });
  return Float64Array.from({ length: frames }, (_, frame) => {
    const look = rests.subarray(frame * APPEARANCE_LENGTH, (frame + 1) * APPEARANCE_LENGTH);
    // A change of light changes all cells alike.
    const light = Float64Array.from({ length: CELLS }, (_, cell) => look[cell * 3]!).sort()[CELLS >> 1]!;
    let wrong = 0;
    for (let cell = 0; cell < CELLS; cell++) {
      for (let k = 0; k < 3; k++) {
        const off = Math.abs(look[cell * 3 + k]! - (k === 0 ? light : 0));
        const least = k === 0 ? LEAST.brightness : LEAST.colour;
        if (off > least && off > UNUSUAL * deviations[cell * 3 + k]!) {
          wrong++;
          break;
        }
      }
    }
    return wrong / CELLS;
  });
}
