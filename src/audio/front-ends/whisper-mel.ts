import { SPEECH_RATE } from '../../core/index.ts';
import { MixedSpectrum } from './mixed-spectrum.ts';
import { bandSum, slaneyBands } from './slaney-bands.ts';
import { mirrored } from './wav2lip-mel.ts';

/** Samples of one transform, and between two columns. */
const TRANSFORM = 400;
const HOP = 160;
/** Bands of Whisper's spectra. */
export const WHISPER_BANDS = 80;
/** Columns of the 30 seconds that its encoder takes. */
const WHISPER_COLUMNS = 3000;

/**
 * Whisper's log-mel spectrum of a piece of sound: `log10` of 80 mel powers (0 to 8000 Hz), not more than 8 below the loudest one
 * of the piece, as `(x + 4) / 4`; 100 columns per second.
 *
 * @param samples - 16 kHz mono; silence follows where it is shorter than the columns.
 * @param columns - How many columns; default: those of the encoder.
 * @returns `80 * columns` numbers, one band after the other; owned by the caller.
 */
export function whisperMel(samples: Float32Array, columns: number = WHISPER_COLUMNS): Float32Array {
  const length = columns * HOP;
  const bands = slaneyBands(WHISPER_BANDS, TRANSFORM, SPEECH_RATE, 0, 8000);
  const spectrum = new MixedSpectrum(TRANSFORM);
  const windowed = new Float64Array(TRANSFORM);
  const result = new Float32Array(WHISPER_BANDS * columns);
  let loudest = Number.NEGATIVE_INFINITY;
  for (let column = 0; column < columns; column++) {
    const start = column * HOP - TRANSFORM / 2;
    for (let index = 0; index < TRANSFORM; index++) {
      const sample = samples[mirrored(start + index, length)] ?? 0;
      windowed[index] = sample * (0.5 - 0.5 * Math.cos((2 * Math.PI * index) / TRANSFORM));
    }
    spectrum.transform(windowed);
    for (const [band, triangle] of bands.entries()) {
      const level = Math.log10(Math.max(1e-10, bandSum(triangle, spectrum.power)));
      result[band * columns + column] = level;
      loudest = Math.max(loudest, level);
    }
  }
  for (let index = 0; index < result.length; index++) {
    result[index] = (Math.max(result[index]!, loudest - 8) + 4) / 4;
  }
  return result;
}
