/**
 * Measures lip sync against known phones: `node eval/lips.ts [--fps 25] [speech.wav ...]`. Beside each `speech.wav`
 * (16 kHz, mono, 16 bit) lies `speech.json`: `[start ms, end ms, IPA][]`, an empty IPA string for a pause. Without
 * files it measures the test recording. Prints JSON.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createSpeechAnalyser } from '../src/audio/index.ts';
import { BLENDSHAPE_INDEX, type MotionFrame, type SpeechFrame, seconds } from '../src/core/index.ts';
import { createMotion, lipsClosed } from '../src/motion/index.ts';
import '../src/platform/node/use.ts';

/** A phone with its time: start and end in milliseconds, IPA; an empty string is a pause. */
export type Phone = readonly [start: number, end: number, ipa: string];

/** What {@link measureLips} finds. Shares are 0..1. */
export interface LipMeasures {
  readonly bilabials: number;
  /** Share of p, b, m with exactly closed lips in a frame within one frame of the phone. */
  readonly closureRecall: number;
  /** p, b, m that were missed, as `[start ms, IPA]`. */
  readonly missed: readonly (readonly [number, string])[];
  readonly openVowels: number;
  /** Share of open vowels with exactly closed lips in the frame nearest to their middle. */
  readonly falseClosure: number;
  /** Frames more than 150 ms away from any phone. */
  readonly silentFrames: number;
  /** Share of these with exactly closed lips. */
  readonly silenceClosed: number;
  /** Visible opening (jawOpen - mouthClose): median and 90th percentile of the largest in each open vowel. */
  readonly vowelOpening: readonly [median: number, p90: number];
  /** Largest opening anywhere. */
  readonly largestOpening: number;
  /** Share of the speech frames with exactly closed lips. */
  readonly closedInSpeech: number;
  /** Mean size of the second difference of the opening in frames without speech, and with (per frame, 0..1). */
  readonly jitter: readonly [silence: number, speech: number];
  readonly blinksPerMinute: number;
}

const BILABIAL = /^[pbm]/;
const OPEN_VOWEL = /^[aɑæɐʌɔɒɛ]/;
const SHORTEST_VOWEL_MS = 60;

/** Reads a 16-bit WAV file; several channels are averaged. */
export function readWav(path: string): { samples: Float32Array; rate: number } {
  const bytes = readFileSync(path);
  let at = 12;
  let rate = 0;
  let channels = 1;
  while (bytes.toString('latin1', at, at + 4) !== 'data') {
    if (bytes.toString('latin1', at, at + 4) === 'fmt ') {
      channels = bytes.readUInt16LE(at + 10);
      rate = bytes.readUInt32LE(at + 12);
      if (bytes.readUInt16LE(at + 22) !== 16) throw new Error(`${path} does not hold 16-bit samples.`);
    }
    at += 8 + bytes.readUInt32LE(at + 4);
  }
  const length = Math.floor(Math.min(bytes.readUInt32LE(at + 4), bytes.length - at - 8) / (2 * channels));
  const samples = Float32Array.from({ length }, (_, index) => {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) {
      sum += bytes.readInt16LE(at + 8 + 2 * (index * channels + channel));
    }
    return sum / channels / 32_768;
  });
  return { samples, rate };
}

/** Opening that can be seen: the jaw's, as far as the lips do not cover it. */
export function visibleOpening({ weights }: MotionFrame): number {
  return weights[BLENDSHAPE_INDEX.jawOpen] - weights[BLENDSHAPE_INDEX.mouthClose];
}

const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(share * Math.max(0, values.length - 1))] ?? 0;
const mean = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);
const share = (part: number, whole: number): number => (whole === 0 ? 1 : part / whole);

/** Compares the movement with the phones that were spoken. */
export function measureLips(
  frames: readonly MotionFrame[],
  fps: number,
  phones: readonly Phone[],
): LipMeasures {
  const closed = frames.map(lipsClosed);
  const opening = frames.map(visibleOpening);
  const within = (start: number, end: number): number[] => {
    const first = Math.max(0, Math.ceil((start / 1000) * fps - 1e-6));
    const last = Math.min(frames.length - 1, Math.floor((end / 1000) * fps + 1e-6));
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
  };
  const period = 1000 / fps;
  const bilabials = phones.filter(([, , ipa]) => BILABIAL.test(ipa));
  const missed = bilabials.filter(
    ([start, end]) => !within(start - period, end + period).some((frame) => closed[frame]),
  );
  const vowels = phones.filter(
    ([start, end, ipa]) => OPEN_VOWEL.test(ipa) && end - start >= SHORTEST_VOWEL_MS,
  );
  const middle = ([start, end]: Phone): number =>
    Math.min(frames.length - 1, Math.round(((start + end) / 2000) * fps));
  const spoken = frames.map(() => false);
  const near = frames.map(() => false);
  for (const [start, end, ipa] of phones) {
    if (ipa === '') continue;
    for (const frame of within(start, end)) spoken[frame] = true;
    for (const frame of within(start - 150, end + 150)) near[frame] = true;
  }
  const silent = closed.filter((_, frame) => !near[frame]);
  const peaks = vowels.map(([start, end]) =>
    Math.max(0, ...within(start, end).map((frame) => opening[frame])),
  );
  const bend = opening.map((value, frame) =>
    frame === 0 || frame === opening.length - 1
      ? 0
      : Math.abs(opening[frame - 1] - 2 * value + opening[frame + 1]),
  );
  let blinks = 0;
  frames.forEach(({ weights }, frame) => {
    const index = BLENDSHAPE_INDEX.eyeBlinkLeft;
    if (weights[index] > 0.5 && (frame === 0 || frames[frame - 1].weights[index] <= 0.5)) blinks++;
  });
  return {
    bilabials: bilabials.length,
    closureRecall: share(bilabials.length - missed.length, bilabials.length),
    missed: missed.map(([start, , ipa]) => [start, ipa]),
    openVowels: vowels.length,
    falseClosure:
      vowels.length === 0 ? 0 : vowels.filter((phone) => closed[middle(phone)]).length / vowels.length,
    silentFrames: silent.length,
    silenceClosed: share(silent.filter(Boolean).length, silent.length),
    vowelOpening: [quantile(peaks, 0.5), quantile(peaks, 0.9)],
    largestOpening: Math.max(0, ...opening),
    closedInSpeech: share(
      closed.filter((value, frame) => value && spoken[frame]).length,
      spoken.filter(Boolean).length,
    ),
    jitter: [mean(bend.filter((_, frame) => !near[frame])), mean(bend.filter((_, frame) => spoken[frame]))],
    blinksPerMinute: blinks / (frames.length / fps / 60),
  };
}

/** Hears and moves: all motion frames of a recording, with the speech frames they came from. */
export async function moveTo(
  samples: Float32Array,
  fps: number,
): Promise<{ frames: MotionFrame[]; speech: SpeechFrame[] }> {
  const analyser = await createSpeechAnalyser();
  const speech = [...analyser.push({ samples, time: seconds(0) }), ...analyser.flush()];
  const motion = createMotion({ fps });
  return { frames: [...motion.push(speech), ...motion.flush(seconds(samples.length / 16_000))], speech };
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    options: { fps: { type: 'string', default: '25' } },
    allowPositionals: true,
  });
  const fps = Number(values.fps);
  const report: Record<string, LipMeasures> = {};
  const recording = fileURLToPath(new URL('../tests/fixtures/phones/english.wav', import.meta.url));
  for (const path of positionals.length > 0 ? positionals : [recording]) {
    const { samples, rate } = readWav(path);
    if (rate !== 16_000) throw new Error(`${path} has ${rate} samples per second, not 16000.`);
    const phones: Phone[] = JSON.parse(readFileSync(path.replace(/\.wav$/, '.json'), 'utf8'));
    report[basename(path, '.wav')] = measureLips((await moveTo(samples, fps)).frames, fps, phones);
  }
  console.log(JSON.stringify(report, null, 2));
}
