/**
 * The baseline that any method must beat: lips from the energy of a few bands, nothing learnt.
 *
 * @module
 */
import { PowerSpectrum } from '../../../src/audio/fourier.ts';
import { clamp, SPEECH_RATE } from '../../../src/core/index.ts';
import { movingMean, quantile } from '../statistics.ts';
import type { Prediction } from './prediction.ts';

const SIZE = 512;
const WINDOW = 400;
const HOP = 160;

/**
 * Aperture = energy within the speaker's range x how much of it lies around the first formant of open vowels x (1 -
 * friction); width by the ratio of the bands that rounding lowers. Smoothed over 50 ms.
 *
 * @param samples - 16 kHz, mono, speech at a root mean square of about 0.08.
 */
export function predictByBands(samples: Float32Array): Prediction {
  const spectrum = new PowerSpectrum(SIZE);
  const count = Math.floor(samples.length / HOP);
  const level = new Float64Array(count);
  const open = new Float64Array(count);
  const friction = new Float64Array(count);
  const rounding = new Float64Array(count);
  const block = new Float64Array(SIZE);
  for (let frame = 0; frame < count; frame++) {
    for (let index = 0; index < WINDOW; index++) {
      const at = frame * HOP - WINDOW / 2 + index;
      const sample = (samples[at] ?? 0) - 0.9 * (samples[at - 1] ?? 0);
      block[index] = sample * (0.5 - 0.5 * Math.cos((2 * Math.PI * index) / (WINDOW - 1)));
    }
    spectrum.transform(block);
    const band = (from: number, to: number) => bandLevel(spectrum.power, from, to);
    level[frame] = (band(100, 600) + band(600, 1500) + band(1500, 3000) + band(3000, 7600)) / 4;
    open[frame] = clamp((band(550, 1100) - band(180, 450) + 1.5) / 3, 0, 1);
    friction[frame] = clamp((band(3500, 7600) - band(300, 1200) - 0.5) / 2, 0, 1);
    rounding[frame] = clamp((band(500, 1000) - band(1500, 2800) - 1.5) / 3, 0, 1);
  }
  const energy = energyOf(level);
  const aperture = energy.map(
    (value, frame) =>
      (clamp(value - 0.25, 0, 1) / 0.75) * (0.25 + 0.75 * open[frame]) * (1 - 0.7 * friction[frame]),
  );
  const width = energy.map((value, frame) => -value * rounding[frame]);
  return { aperture: everySecond(movingMean(aperture, 5)), width: everySecond(width) };
}

/** Levels below this are silence whatever the speaker's range is, natural logarithm of power. */
const SILENCE = -12;

/**
 * Level within the speaker's range, 0..1. The range begins as that of the whole recording, which favours this baseline;
 * then both ends drift towards each other by half a neper a second.
 */
function energyOf(level: Float64Array): Float64Array {
  let peak = quantile(level, 0.95);
  let floor = quantile(level, 0.05);
  return level.map((value) => {
    peak = Math.max(value, peak - 0.005);
    floor = Math.min(value, floor + 0.005);
    const bottom = Math.max(SILENCE, Math.min(floor, peak - 4));
    return clamp((value - bottom) / Math.max(1, peak - bottom), 0, 1);
  });
}

const everySecond = (values: Float64Array): Float64Array => values.filter((_, index) => index % 2 === 0);

/** Natural logarithm of the mean power between two frequencies in Hz. */
function bandLevel(power: Float64Array, from: number, to: number): number {
  const first = Math.round((from * SIZE) / SPEECH_RATE);
  const last = Math.round((to * SIZE) / SPEECH_RATE);
  let sum = 0;
  for (let bin = first; bin < last; bin++) sum += power[bin];
  return Math.log(sum / (last - first) + 1e-7);
}
