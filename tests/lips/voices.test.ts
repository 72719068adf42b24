/** The times of synthesised speech against its sound. */
import { expect, test } from 'vitest';
import { segmentsOf } from '../../eval/lips/labels.ts';
import { synthesise, whatIsMissing } from '../../eval/lips/voices/synthesis.ts';
import { VOICES } from '../../eval/lips/voices/voices.ts';
import { SPEECH_RATE } from '../../src/core/index.ts';

const { signal } = new AbortController();
const voice = VOICES.find(({ name }) => name === 'en-sandro')!;
const missing = await whatIsMissing(voice, signal);
if (missing !== null) console.log(`Not tested, because ${missing}: the times of ${voice.name}.`);

/** Level of 10 ms around a time, dB below the loudest 10 ms. */
function levels(samples: Float32Array, times: readonly number[]): number[] {
  const half = SPEECH_RATE / 200;
  const power = (at: number): number =>
    samples.subarray(Math.max(0, at - half), at + half).reduce((sum, value) => sum + value * value, 1e-9);
  let loudest = 0;
  for (let at = half; at < samples.length; at += half) loudest = Math.max(loudest, power(at));
  return times.map((time) => 10 * Math.log10(power(Math.round(time * SPEECH_RATE)) / loudest));
}

test.skipIf(missing !== null)(
  'a stop of espeak-ng begins when its sound ends, not with its burst',
  async () => {
    const texts = [
      'A happy puppet taped a copper pipe.',
      'Take a cup of tea to Kate at eight.',
      'Papa put a pack of caps back.',
    ];
    const spoken = await synthesise(
      voice,
      texts.map((text) => ({ text, stretch: 1, pitch: 1 })),
      signal,
    );
    const around: number[][] = [];
    for (const { samples, phones } of spoken.filter((one) => one !== null)) {
      const segments = segmentsOf(phones, voice.phones, voice.language);
      segments.forEach(({ start, phone }, index) => {
        const neighbours = [segments[index - 1], segments[index + 1]];
        // Between vowels, so that the only silence is that of the closure; p, t, k are the stops in these texts.
        if (!neighbours.every((near) => near?.phone.kind === 'vowel')) return;
        if (!['PP', 'DD', 'kk'].includes(phone.viseme) || phone.kind !== 'consonant') return;
        const times = [-0.02, -0.01, 0.015, 0.025].map((offset) => start + offset);
        around.push(levels(samples, times));
      });
    }
    expect(around.length).toBeGreaterThan(10);
    const mean = (place: number): number =>
      around.reduce((sum, levels) => sum + levels[place]!, 0) / around.length;
    expect(mean(0)).toBeGreaterThan(-30);
    expect(mean(1)).toBeGreaterThan(-30);
    expect(mean(2)).toBeLessThan(-35);
    expect(mean(3)).toBeLessThan(-35);
  },
);
