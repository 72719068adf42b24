/** Above this the scale is logarithmic, Hz and mel. */
const KNEE = 1000;
const KNEE_MEL = 15;
/** Hz per mel below it. */
const STEP = 200 / 3;
/** Mels per e-fold above it. */
const FOLD = Math.log(6.4) / 27;

/** Slaney's mel scale (Auditory Toolbox): linear up to 1 kHz, then 27 mels for a factor of 6.4. */
const toMel = (hertz: number): number =>
  hertz < KNEE ? hertz / STEP : KNEE_MEL + Math.log(hertz / KNEE) / FOLD;
const fromMel = (mel: number): number =>
  mel < KNEE_MEL ? mel * STEP : KNEE * Math.exp(FOLD * (mel - KNEE_MEL));

/** A triangle over the bins of a spectrum. */
export interface SpectrumBand {
  /** The first bin that it reads. */
  readonly first: number;
  readonly weights: Float64Array;
}

/**
 * Triangular bands of equal area, equally spaced on Slaney's mel scale: those of librosa and Whisper.
 *
 * @param count - Number of bands.
 * @param transform - Length of the transform.
 * @param rate - Samples per second.
 * @param lowest - Where the first band begins, Hz.
 * @param highest - Where the last one ends, Hz.
 */
export function slaneyBands(
  count: number,
  transform: number,
  rate: number,
  lowest: number,
  highest: number,
): SpectrumBand[] {
  const low = toMel(lowest);
  const step = (toMel(highest) - low) / (count + 1);
  const edge = (index: number): number => fromMel(low + step * index);
  const hertzPerBin = rate / transform;
  return Array.from({ length: count }, (_, band) => {
    const [left, centre, right] = [edge(band), edge(band + 1), edge(band + 2)];
    const weights: number[] = [];
    let first = 0;
    for (let bin = 0; bin <= transform / 2; bin++) {
      const hertz = bin * hertzPerBin;
      const weight = Math.min((hertz - left) / (centre - left), (right - hertz) / (right - centre));
      if (weight <= 0) continue;
      if (weights.length === 0) first = bin;
      weights.push((weight * 2) / (right - left));
    }
    return { first, weights: Float64Array.from(weights) };
  });
}

/** The weighted sum of a band's bins. */
export function bandSum({ first, weights }: SpectrumBand, spectrum: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < weights.length; index++) sum += weights[index]! * spectrum[first + index]!;
  return sum;
}
