/**
 * The other systems on the held-out voices: how their lips follow the labels.
 *
 * @module
 */
import type { SpeechAnalyserOptions } from '../../../src/audio/index.ts';
import type { Watch } from '../host.ts';
import { labelsOf } from '../labels.ts';
import { predictByUs } from '../real/videos.ts';
import { addMoments, correlationOf, type Moments, moments, readAt } from '../statistics.ts';
import type { Recording } from '../voices/recordings.ts';
import { predictByBands } from './dsp.ts';
import { type PeerPrograms, predictByPeers } from './peers.ts';
import type { Prediction } from './prediction.ts';

/** Correlations with the labelled curves over all recordings, by method, each at its own best constant delay. */
export interface PeerLabels {
  readonly apertureR: Readonly<Record<string, number>>;
  readonly widthR: Readonly<Record<string, number>>;
  readonly delays: Readonly<Record<string, number>>;
}

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
  return { apertureR: all('aperture'), widthR: all('width'), delays };
}
