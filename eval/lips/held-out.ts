/**
 * Voices that nobody trained on, against the phones that they really spoke.
 *
 * @module
 */
import type { SpeechAnalyserOptions } from '../../src/audio/index.ts';
import { SPEECH_RATE, VISEMES } from '../../src/core/index.ts';
import {
  type Articulation,
  addTallies,
  articulationOf,
  type Confusion,
  type Tally,
  tallyArticulation,
  worstConfusions,
} from './articulation.ts';
import { type Condition, NOISY, underCondition } from './conditions.ts';
import type { Watch } from './host.ts';
import { moveTo, VIDEO_RATE } from './listen.ts';
import type { Estimate } from './statistics.ts';
import { type Recording, recordingsOf } from './voices/recordings.ts';
import { VOICES, type Voice } from './voices/voices.ts';

/** Figures of one voice, or of a group of voices. */
export interface VoiceReport {
  readonly name: string;
  readonly language: string;
  readonly kind: Recording['kind'];
  readonly minutes: number;
  /** By condition; conditions that were not measured are left out. */
  readonly conditions: Readonly<Partial<Record<Condition, Articulation>>>;
  /** The pairs of classes that cost the most frames, clean. */
  readonly confusions: readonly Confusion[];
}

/**
 * What {@link measureHeldOut} finds. The figures on top are over the human voices together, clean unless they are called
 * noisy: those are over the three conditions with noise.
 */
export interface HeldOutReport extends Articulation {
  readonly closureRecallNoisy: Estimate | null;
  readonly silenceRecallNoisy: Estimate | null;
  readonly visemeAccuracyNoisy: Estimate | null;
  readonly apertureRNoisy: Estimate | null;
  /** Voices that the figures on top are over. */
  readonly over: readonly string[];
  /** All human voices, all synthetic ones, then each voice. */
  readonly voices: readonly VoiceReport[];
  /** Clean, over the same voices: frames by spoken class (row) and heard class (column), `15 * 15`. */
  readonly confusion: readonly number[];
  readonly confusions: readonly Confusion[];
  /** What was spoken where the lips closed without p, b or m: how often, by viseme. */
  readonly wronglyClosed: Readonly<Record<string, number>>;
}

/** A voice that could not be made: what is missing, and what brings it. */
export interface MissingVoice {
  readonly voice: string;
  readonly reason: string;
  readonly packages: string;
}

/**
 * Lets all held-out voices speak.
 *
 * @param sentences - Per human voice; synthetic ones, of which there are more, say a fifth of them.
 */
export async function gatherVoices(
  sentences: number,
  watch: Watch,
  voices: readonly Voice[] = VOICES,
): Promise<{ recordings: Recording[]; missing: MissingVoice[] }> {
  const missing: MissingVoice[] = [];
  const recordings: Recording[] = [];
  for (const voice of voices) {
    watch.signal.throwIfAborted();
    const amount = voice.human ? sentences : Math.max(5, Math.round(sentences / 5));
    const made = await recordingsOf(voice, amount, watch);
    if (typeof made === 'string') missing.push({ voice: voice.name, reason: made, packages: voice.packages });
    else recordings.push(...made);
  }
  return { recordings, missing };
}

/** What is measured. */
export interface HeldOutOptions {
  readonly recordings: readonly Recording[];
  readonly conditions: readonly Condition[];
  readonly analyser: SpeechAnalyserOptions;
  readonly seed: number;
}

/** Hears every recording under every condition and compares. */
export async function measureHeldOut(options: HeldOutOptions, watch: Watch): Promise<HeldOutReport> {
  const { recordings, conditions, seed } = options;
  const tallies = new Map<Condition, Tally[]>();
  for (const condition of conditions) {
    const done: Tally[] = [];
    for (const [index, recording] of recordings.entries()) {
      watch.signal.throwIfAborted();
      watch.note(`${condition}: ${recording.name} (${index + 1} of ${recordings.length})`);
      const sound = underCondition(recording, condition, recordings, seed + index);
      const { frames, speech } = await moveTo(sound, VIDEO_RATE, options.analyser);
      done.push(tallyArticulation(recording.segments, speech, frames, VIDEO_RATE));
    }
    tallies.set(condition, done);
  }
  return summarise(recordings, tallies, seed);
}

function summarise(
  recordings: readonly Recording[],
  tallies: ReadonlyMap<Condition, readonly Tally[]>,
  seed: number,
): HeldOutReport {
  const indicesOf = (wanted: (recording: Recording) => boolean) =>
    recordings.flatMap((recording, index) => (wanted(recording) ? [index] : []));
  const report = (name: string, indices: readonly number[]): VoiceReport => {
    const chosen = indices.map((index) => recordings[index]);
    const languages = new Set(chosen.map(({ language }) => language));
    return {
      name,
      language: [...languages].join(' '),
      kind: chosen[0].kind,
      minutes: chosen.reduce((sum, { samples }) => sum + samples.length, 0) / SPEECH_RATE / 60,
      conditions: Object.fromEntries(
        [...tallies].map(([condition, all]) => [
          condition,
          articulationOf(
            indices.map((index) => all[index]),
            seed,
          ),
        ]),
      ),
      confusions: worstConfusions(
        addTallies(indices.flatMap((index) => tallies.get('clean')?.[index] ?? [])),
        5,
      ),
    };
  };
  const names = [...new Set(recordings.map(({ voice }) => voice))];
  const human = indicesOf(({ kind }) => kind === 'human');
  const synthetic = indicesOf(({ kind }) => kind === 'synthetic');
  // Without a human voice the figures are over what there is, and `over` says so.
  const judged = [human, synthetic, indicesOf(() => true)].find((indices) => indices.length > 0) ?? [];
  const under = (condition: Condition) =>
    judged.map((index) => tallies.get(condition)?.[index]).filter((one) => one !== undefined);
  const clean = articulationOf(under('clean'), seed);
  // A recording's three noisy versions are one unit: they share the voice and the words.
  const noisyTallies = judged
    .map((index) =>
      NOISY.map((condition) => tallies.get(condition)?.[index]).filter((one) => one !== undefined),
    )
    .filter((versions) => versions.length > 0)
    .map(addTallies);
  const noisy = articulationOf(noisyTallies, seed);
  return {
    ...clean,
    closureRecallNoisy: noisy.closureRecall,
    silenceRecallNoisy: noisy.silenceRecall,
    visemeAccuracyNoisy: noisy.visemeAccuracy,
    apertureRNoisy: noisy.apertureR,
    over: [...new Set(judged.map((index) => recordings[index].voice))],
    voices: [
      ...(human.length > 0 ? [report('all human', human)] : []),
      ...(synthetic.length > 0 ? [report('all synthetic', synthetic)] : []),
      ...names.map((name) =>
        report(
          name,
          indicesOf(({ voice }) => voice === name),
        ),
      ),
    ],
    confusion: [...addTallies(under('clean')).confusion],
    confusions: worstConfusions(addTallies(under('clean')), 10),
    wronglyClosed: Object.fromEntries(
      VISEMES.map((name, viseme): [string, number] => [
        name,
        addTallies(under('clean')).wronglyClosed[viseme],
      ]).filter(([, times]) => times > 0),
    ),
  };
}
