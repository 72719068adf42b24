import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PowerSpectrum } from '../../src/audio/fourier.ts';
import { MEL_HOP, MelFrontEnd } from '../../src/audio/mel.ts';
import { networkLayers, SpeechMotionNetwork } from '../../src/audio/network.ts';
import { SpectrumNormaliser } from '../../src/audio/normalise.ts';
import { halfToNumber, loadNetwork, loadWeights, WEIGHTS_SHA256 } from '../../src/audio/weights.ts';
import { createReferenceConvolutions } from '../../src/kernels/convolution/index.ts';
import { usePlatform } from '../../src/platform/index.ts';
import { nodePlatform } from '../../src/platform/node/index.ts';
import { babble, lehmer, tones } from './signals.ts';

beforeEach(() => usePlatform(nodePlatform));
afterEach(() => usePlatform(nodePlatform));

describe('power spectrum', () => {
  test('equals the definition', () => {
    const random = lehmer(5);
    const size = 64;
    const signal = Float64Array.from({ length: size }, () => random() - 0.5);
    const spectrum = new PowerSpectrum(size);
    spectrum.transform(signal);
    for (let bin = 0; bin <= size / 2; bin++) {
      let real = 0;
      let imaginary = 0;
      signal.forEach((value, index) => {
        real += value * Math.cos((2 * Math.PI * bin * index) / size);
        imaginary -= value * Math.sin((2 * Math.PI * bin * index) / size);
      });
      expect(spectrum.power[bin]).toBeCloseTo(real * real + imaginary * imaginary, 10);
    }
  });
});

describe('mel front end', () => {
  test('gives one frame per 10 ms, the first after half a window', () => {
    const mel = new MelFrontEnd();
    const at: number[] = [];
    for (let index = 0; index < 5 * MEL_HOP; index++) if (mel.push(0.1)) at.push(index);
    expect(at).toEqual([199, 199 + MEL_HOP, 199 + 2 * MEL_HOP, 199 + 3 * MEL_HOP]);
  });

  test('finds a tone in the band around its frequency', () => {
    const strongest = (hertz: number): number => {
      const mel = new MelFrontEnd();
      for (const sample of tones(1600, [hertz, 0.5])) mel.push(sample);
      return mel.power.indexOf(Math.max(...mel.power));
    };
    const bands = [150, 400, 1000, 2500, 6000].map(strongest);
    expect(bands).toEqual([...bands].sort((a, b) => a - b));
    expect(bands[0]).toBeLessThan(4);
    expect(bands[4]).toBeGreaterThan(33);
  });
});

describe('speech-motion network', () => {
  for (const [kind, load] of [
    ['WASM kernel', loadNetwork],
    [
      'plain TypeScript',
      async () => new SpeechMotionNetwork(createReferenceConvolutions(networkLayers(await loadWeights()))),
    ],
  ] as const)
    test(`repeats the original within the precision of its weights, ${kind}`, async () => {
      const parity: { frames: number; rows: [number, number[]][] } = JSON.parse(
        readFileSync(new URL('../fixtures/speech-motion/parity.json', import.meta.url), 'utf8'),
      );
      const network = await load();
      const mel = new MelFrontEnd();
      const normaliser = new SpectrumNormaliser();
      const rows: number[][] = [];
      for (const sample of babble(32_000)) {
        if (!mel.push(sample)) continue;
        normaliser.push(mel.power, 1);
        if (network.push(normaliser.output)) rows.push([...network.output.subarray(0, 18)]);
      }
      expect(rows.length).toBe(parity.frames);
      let largest = 0;
      for (const [frame, expected] of parity.rows) {
        expected.forEach((value, output) => {
          largest = Math.max(largest, Math.abs(rows[frame][output] - value));
        });
      }
      expect(largest).toBeLessThan(0.01);
      expect(largest).toBeGreaterThan(0);
    });

  test('has the weights that the checksum file names', () => {
    const listed = readFileSync(
      new URL('../../models/speech-motion/weights.sha256', import.meta.url),
      'utf8',
    );
    expect(listed).toBe(`${WEIGHTS_SHA256}  weights.f16\n`);
  });

  test('refuses changed weights', async () => {
    usePlatform({
      ...nodePlatform,
      readAsset: async (name) => {
        const bytes = Uint8Array.from(await nodePlatform.readAsset(name));
        bytes[1000] ^= 1;
        return bytes;
      },
    });
    await expect(loadWeights()).rejects.toMatchObject({ code: 'ASSET_CORRUPT' });
  });

  test('reads half-precision numbers', () => {
    expect([0x3c00, 0xc000, 0x3555, 0x0001, 0x8000, 0x7bff, 0x7c00].map(halfToNumber)).toEqual([
      1,
      -2,
      0.333251953125,
      2 ** -24,
      -0,
      65_504,
      Number.POSITIVE_INFINITY,
    ]);
  });
});
