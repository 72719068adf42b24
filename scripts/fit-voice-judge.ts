/**
 * `node scripts/fit-voice-judge.ts <folder> [profile]`: finds the weights of the voice judge
 * (`src/audio/voice-judge.ts`) by logistic regression, and prints how well the gate does with those that are there.
 *
 * The folder holds 16 kHz mono WAV files and `labels.json`, which `python -m training.gate_sounds` makes: for every file
 * one number per 20 ms, 1 for a voice, 2 for any other sound, 0 for frames that do not count.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StreamingAnalyser } from '../src/audio/analyser.ts';
import { profileSettings } from '../src/audio/profiles.ts';
import { type GateEvidence, judgeable, SpeechGate } from '../src/audio/speech-gate.ts';
import { VOICE_FEATURES, VoiceJudge } from '../src/audio/voice-judge.ts';
import { loadNetwork } from '../src/audio/weights.ts';
import type { HearingProfile } from '../src/core/index.ts';
import { readSpeech } from '../src/index.ts';

const VOICE = 1;
const OTHER = 2;
/** Frames with less in the foreground teach nothing. */
const LEAST_PRESENCE = 0.2;
/** Pulls the weights gently towards zero, in units of standardised features. */
const RIDGE = 1e-3;

/** One frame: what the judge would weigh, and what it was. */
interface Example {
  readonly features: readonly number[];
  readonly label: number;
}

/** Lets the gate do its work and notes what the judge saw. */
class WatchedGate extends SpeechGate {
  readonly seen: { readonly features: readonly number[]; readonly presence: number }[] = [];
  readonly #judge = new VoiceJudge();

  override listen(evidence: GateEvidence): void {
    const presence = judgeable(evidence);
    this.#judge.push({ ...evidence, presence });
    this.seen.push({ features: this.#judge.features, presence });
    super.listen(evidence);
  }
}

/** Solves `matrix x = right` in place (Gauss, with the largest pivots). */
function solve(matrix: number[][], right: number[]): number[] {
  const size = right.length;
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++) {
      if (Math.abs(matrix[row][column]) > Math.abs(matrix[pivot][column])) pivot = row;
    }
    [matrix[column], matrix[pivot]] = [matrix[pivot], matrix[column]];
    [right[column], right[pivot]] = [right[pivot], right[column]];
    for (let row = 0; row < size; row++) {
      if (row === column) continue;
      const factor = matrix[row][column] / matrix[column][column];
      for (let k = column; k < size; k++) matrix[row][k] -= factor * matrix[column][k];
      right[row] -= factor * right[column];
    }
  }
  return right.map((value, row) => value / matrix[row][row]);
}

/** Logistic regression by Newton's method, both classes weighing the same. Returns the weights and, last, the bias. */
function regress(examples: readonly Example[]): number[] {
  const size = VOICE_FEATURES.length;
  const mean = Array.from({ length: size }, (_, k) => average(examples.map(({ features }) => features[k])));
  const deviation = mean.map(
    (m, k) => Math.sqrt(average(examples.map(({ features }) => (features[k] - m) ** 2))) || 1,
  );
  const voices = examples.filter(({ label }) => label === VOICE).length;
  const rows = examples.map(({ features, label }) => ({
    x: [...features.map((value, k) => (value - mean[k]) / deviation[k]), 1],
    y: label === VOICE ? 1 : 0,
    weight: 0.5 / (label === VOICE ? voices : examples.length - voices),
  }));
  let weights = new Array<number>(size + 1).fill(0);
  for (let turn = 0; turn < 12; turn++) {
    const gradient = weights.map((weight) => RIDGE * weight);
    const curvature = weights.map((_, row) => weights.map((_, column) => (row === column ? RIDGE : 0)));
    for (const { x, y, weight } of rows) {
      const p = 1 / (1 + Math.exp(-x.reduce((sum, value, k) => sum + value * weights[k], 0)));
      for (let row = 0; row <= size; row++) {
        gradient[row] += weight * (p - y) * x[row];
        for (let column = 0; column <= size; column++)
          curvature[row][column] += weight * p * (1 - p) * x[row] * x[column];
      }
    }
    const step = solve(curvature, gradient);
    weights = weights.map((weight, k) => weight - step[k]);
  }
  const scaled = weights.slice(0, size).map((weight, k) => weight / deviation[k]);
  return [...scaled, weights[size] - scaled.reduce((sum, weight, k) => sum + weight * mean[k], 0)];
}

const average = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

const [folder, profile = 'standard'] = process.argv.slice(2);
const labels: Record<string, number[]> = JSON.parse(readFileSync(join(folder, 'labels.json'), 'utf8'));
const settings = profileSettings(profile as HearingProfile);
const examples: Example[] = [];
/** By group (first word of the file name) and label: frames, and those at which the gate stood open. */
const shares = new Map<string, { frames: number; open: number }>();
for (const [name, frameLabels] of Object.entries(labels)) {
  const gate = new WatchedGate();
  const analyser = new StreamingAnalyser(await loadNetwork(settings.network), settings, gate);
  const frames = [];
  for await (const chunk of readSpeech(join(folder, name))) frames.push(...analyser.push(chunk));
  frames.push(...analyser.flush());
  frames.forEach(({ speech }, index) => {
    const label = frameLabels[index] ?? 0;
    if (label === 0) return;
    const key = `${name.split('-', 1)[0]} ${label === VOICE ? 'voice' : 'other'}`;
    const share = shares.get(key) ?? { frames: 0, open: 0 };
    share.frames++;
    if (speech > 0.5) share.open++;
    shares.set(key, share);
    const { features, presence } = gate.seen[index];
    if (presence > LEAST_PRESENCE) examples.push({ features, label });
  });
}
console.log('open share of frames, present weights:');
for (const [key, { frames, open }] of shares)
  console.log(`  ${key.padEnd(20)} ${(open / frames).toFixed(3)} of ${frames}`);
const counts = [VOICE, OTHER].map((wanted) => examples.filter(({ label }) => label === wanted).length);
console.log(`fitted to ${counts[0]} frames with a voice and ${counts[1]} without:`);
const weights = regress(examples);
for (const [k, name] of [...VOICE_FEATURES, 'bias'].entries()) {
  console.log(`  ${name.padEnd(12)} ${weights[k].toFixed(3)}`);
}
