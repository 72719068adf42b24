/**
 * The other systems on the held-out voices: how their lips follow the labels.
 *
 * @module
 */
import type { SpeechAnalyserOptions } from '../../../src/audio/index.ts';
import { type Count, isOpenVowel } from '../articulation.ts';
import type { Watch } from '../host.ts';
import { labelsOf, type Segment } from '../labels.ts';
import { predictByUs } from '../real/videos.ts';
import { addMoments, correlationOf, type Moments, moments, quantile, readAt } from '../statistics.ts';
import type { Recording } from '../voices/recordings.ts';
import { predictByBands } from './dsp.ts';
import { type PeerPrograms, predictByPeers } from './peers.ts';
import type { Prediction } from './prediction.ts';

/** Figures over all recordings, by method, each at its own best constant delay. */
export interface PeerLabels {
  /** Correlation with the labelled curves. */
  readonly apertureR: Readonly<Record<string, number>>;
  readonly widthR: Readonly<Record<string, number>>;
  /** Share of p, b, m within 40 ms of which the lips close, by the method's own range. */
  readonly closureRecall: Readonly<Record<string, number>>;
  /** Share of open vowels in which they stay closed. */
  readonly vowelsLost: Readonly<Record<string, number>>;
  readonly delays: Readonly<Record<string, number>>;
}

/** A method's lips are closed below this share of its range (the 95th percentile of its aperture in a recording). */
const CLOSED = 0.15;
/** How far from a contact its closure may lie, seconds. */
const TOLERANCE = 0.04;
const DELAYS = Array.from({ length: 21 }, (_, index) => (index - 10) * 0.02);

/** Lets every method hear the recordings. */
export async function measurePeersOnLabels(
  recordings: readonly Recording[],
  peers: PeerPrograms,
  analyser: SpeechAnalyserOptions,
  watch: Watch,
): Promise<PeerLabels> {
  const heard: { recording: Recording; predicted: Record<string, Prediction> }[] = [];
  for (const recording of recordings) {
    watch.signal.throwIfAborted();
    watch.note(`every method hears ${recording.name}`);
    const { samples } = recording;
    const predicted = {
      ...(await predictByUs(samples, analyser)),
      dsp: predictByBands(samples),
      ...(await predictByPeers(peers, samples, watch)),
    };
    heard.push({ recording, predicted });
  }
  const methods = Object.keys(heard[0]?.predicted ?? {});
  const sums = (method: string, feature: 'aperture' | 'width', delay: number): Moments =>
    addMoments(
      heard.map(({ recording, predicted }) => {
        const labels = labelsOf(recording.segments, Math.ceil(recording.samples.length / 320))[feature];
        const series = predicted[method]?.[feature] ?? new Float64Array(2);
        const read = Float64Array.from(labels, (_, index) => readAt(series, 50, index / 50 + delay));
        return moments(read, labels);
      }),
    );
  const delays = Object.fromEntries(
    methods.map((method) => {
      const scores = DELAYS.map((delay) => correlationOf(sums(method, 'aperture', delay)));
      return [method, DELAYS[scores.indexOf(Math.max(...scores))]];
    }),
  );
  const all = (feature: 'aperture' | 'width') =>
    Object.fromEntries(
      methods.map((method) => [method, correlationOf(sums(method, feature, delays[method]))]),
    );
  const shares = (count: (recording: Recording, isClosed: (time: number) => boolean) => Count) =>
    Object.fromEntries(
      methods.map((method) => {
        const counts = heard.map(({ recording, predicted }) => {
          const aperture = predicted[method]?.aperture ?? new Float64Array(2);
          const limit = CLOSED * quantile(aperture, 0.95);
          return count(recording, (time) => readAt(aperture, 50, time + delays[method]) < limit);
        });
        const sum = (read: (one: Count) => number) => counts.reduce((total, one) => total + read(one), 0);
        return [method, sum(({ hits }) => hits) / sum(({ trials }) => trials)];
      }),
    );
  return {
    apertureR: all('aperture'),
    widthR: all('width'),
    closureRecall: shares(({ segments }, isClosed) => {
      const contacts = segments.filter(({ phone }) => phone.contact === 'lips');
      const closes = ({ start, end }: Segment) =>
        timesFrom(start - TOLERANCE, end + TOLERANCE).some(isClosed);
      return { hits: contacts.filter(closes).length, trials: contacts.length };
    }),
    vowelsLost: shares(({ segments }, isClosed) => {
      const vowels = segments.filter(isOpenVowel);
      const lost = ({ start, end }: Segment) => timesFrom(start, end).every(isClosed);
      return { hits: vowels.filter(lost).length, trials: vowels.length };
    }),
    delays,
  };
}

/** Moments every 10 ms. */
function timesFrom(start: number, end: number): number[] {
  return Array.from({ length: Math.floor((end - start) / 0.01) + 1 }, (_, index) => start + 0.01 * index);
}
