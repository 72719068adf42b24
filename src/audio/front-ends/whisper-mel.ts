import { SPEECH_RATE } from '../../core/index.ts';
import { MixedSpectrum } from './mixed-spectrum.ts';
import { bandSum, slaneyBands } from './slaney-bands.ts';
import { mirrored } from './wav2lip-mel.ts';

/** Samples of one transform. */
const TRANSFORM = 400;
/** Samples between two columns. */
export const WHISPER_HOP = 160;
/** Samples on either side of a column's place that it hears. */
export const WHISPER_REACH = TRANSFORM / 2;
/** Bands of Whisper's spectra. */
export const WHISPER_BANDS = 80;
/** Columns of the 30 seconds that its encoder takes. */
export const WHISPER_COLUMNS = 3000;

/** Spectra before they are scaled by the loudest one. */
export interface WhisperLevels {
  /** `log10` of mel powers (0 to 8000 Hz), one band after the other; owned by the caller. */
  readonly values: Float32Array;
  /** The greatest of them; -Infinity if there are none. */
  readonly loudest: number;
}

/**
 * Levels of Whisper's bands, 100 columns per second.
 *
 * @param sampleAt - The sample at a place, from -{@link WHISPER_REACH} to as far behind the last column.
 */
export function whisperLevels(sampleAt: (place: number) => number, columns: number): WhisperLevels {
  const bands = slaneyBands(WHISPER_BANDS, TRANSFORM, SPEECH_RATE, 0, 8000);
  const spectrum = new MixedSpectrum(TRANSFORM);
  const windowed = new Float64Array(TRANSFORM);
  const values = new Float32Array(WHISPER_BANDS * columns);
  let loudest = Number.NEGATIVE_INFINITY;
  for (let column = 0; column < columns; column++) {
    const start = column * WHISPER_HOP - WHISPER_REACH;
    for (let index = 0; index < TRANSFORM; index++) {
      const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / TRANSFORM);
      windowed[index] = sampleAt(start + index) * window;
    }
    spectrum.transform(windowed);
    for (const [band, triangle] of bands.entries()) {
      const level = Math.log10(Math.max(1e-10, bandSum(triangle, spectrum.power)));
      values[band * columns + column] = level;
      loudest = Math.max(loudest, level);
    }
  }
  return { values, loudest };
}

/** A level as Whisper takes it: not more than 8 below the loudest one, as `(x + 4) / 4`. */
export function scaledLevel(level: number, loudest: number): number {
  return (Math.max(level, loudest - 8) + 4) / 4;
}

/**
 * Whisper's log-mel spectrum of a piece of sound by itself: mirrored at its ends, scaled by its own loudest level.
 *
 * @param samples - 16 kHz mono; silence follows where it is shorter than the columns.
 * @param columns - How many columns; default: those of the encoder.
 * @returns `80 * columns` numbers, one band after the other; owned by the caller.
 */
export function whisperMel(samples: Float32Array, columns: number = WHISPER_COLUMNS): Float32Array {
  const length = columns * WHISPER_HOP;
  const { values, loudest } = whisperLevels((place) => samples[mirrored(place, length)] ?? 0, columns);
  return values.map((level) => scaledLevel(level, loudest));
}
