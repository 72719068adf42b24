import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PowerSpectrum } from '../../src/audio/fourier.ts';
import { MEL_HOP, MelFrontEnd } from '../../src/audio/mel.ts';
import { networkLookAhead, OUTPUT_COUNT, SpeechMotionNetwork } from '../../src/audio/network.ts';
import { SpectrumNormaliser } from '../../src/audio/normalise.ts';
import { loadNetwork, loadWeights } from '../../src/audio/weights.ts';
import { createReferenceConvolutions } from '../../src/kernels/convolution/index.ts';
import { usePlatform } from '../../src/platform/index.ts';
import { nodePlatform } from '../../src/platform/node/index.ts';
import { babble, lehmer, phoneFixture, tones } from './signals.ts';
import { SMALL_LAYERS, weightFile } from './weight-files.ts';

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

const NETWORKS = ['standard', 'low-latency'] as const;

/** All output rows of a network for the mel rows of a signal that has the trained level. */
function outputs(network: SpeechMotionNetwork, signal: Float32Array): number[][] {
  const mel = new MelFrontEnd();
  const normaliser = new SpectrumNormaliser();
  const rows: number[][] = [];
  for (const sample of signal) {
    if (!mel.push(sample)) continue;
    normaliser.push(mel.power, 1);
    if (network.push(normaliser.output)) rows.push([...network.output]);
  }
  return rows;
}

const largestDifference = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((value, index) => Math.abs(value - b[index])));

describe.each(NETWORKS)('the %s network', (name) => {
  const parity: { frames: number; rows: [number, number[]][] } = JSON.parse(
    readFileSync(new URL(`../fixtures/speech-motion/parity-${name}.json`, import.meta.url), 'utf8'),
  );

  test('repeats the network that was trained, row by row', async () => {
    const { network } = await loadNetwork(name);
    const rows = outputs(network, babble(32_000));
    expect(rows.length).toBe(parity.frames);
    for (const [frame, expected] of parity.rows) {
      expect(expected.length).toBe(OUTPUT_COUNT);
      expect(largestDifference(rows[frame], expected)).toBeLessThan(2e-4);
    }
  });

  test('is the same in WASM and in plain TypeScript', async () => {
    const { network } = await loadNetwork(name);
    const { layers } = await loadWeights(name);
    const reference = new SpeechMotionNetwork(createReferenceConvolutions(layers));
    const signal = phoneFixture().signal.subarray(0, 32_000);
    const expected = outputs(reference, signal);
    outputs(network, signal).forEach((row, frame) => {
      expect(largestDifference(row, expected[frame])).toBeLessThan(1e-4);
    });
  });

  test('looks ahead as far as its profile says', async () => {
    const { shapes } = await loadNetwork(name);
    expect(networkLookAhead(shapes)).toBe(name === 'standard' ? 10 : 0);
  });

  test('is small', async () => {
    const bytes = await nodePlatform.readAsset(`models/speech-motion/${name}.bin`);
    expect(bytes.length).toBeLessThan(name === 'standard' ? 240_000 : 120_000);
  });

  test('is refused when its file was changed', async () => {
    const path = `models/speech-motion/${name}.bin`;
    for (const at of [0, 100, 5000, -1]) {
      usePlatform({
        ...nodePlatform,
        readAsset: async (asset) => {
          const bytes = Uint8Array.from(await nodePlatform.readAsset(asset));
          if (asset === path) bytes[(at + bytes.length) % bytes.length] ^= 1;
          return bytes;
        },
      });
      await expect(loadWeights(name)).rejects.toMatchObject({
        code: 'ASSET_CORRUPT',
        message: expect.stringContaining(path),
      });
    }
  });

  test('is refused when it has a checksum but is no network of this kind', async () => {
    const bytes = weightFile({ layers: SMALL_LAYERS });
    usePlatform({
      ...nodePlatform,
      readAsset: async (asset) =>
        asset.endsWith('.sha256')
          ? new TextEncoder().encode(`${await nodePlatform.sha256(bytes)}  ${name}.bin\n`)
          : bytes,
    });
    await expect(loadWeights(name)).rejects.toMatchObject({ code: 'ASSET_CORRUPT' });
  });
});
