import { afterEach, describe, expect, test } from 'vitest';
import { LoquentError } from '../../src/core/index.ts';
import { type Check, inspectSystem } from '../../src/pipeline/inspect-system.ts';
import { type Platform, usePlatform } from '../../src/platform/index.ts';
import { nodePlatform } from '../../src/platform/node/index.ts';

/** The checks on a host that differs from this one. */
async function checksOn(changes: Partial<Platform>): Promise<Map<string, Check>> {
  usePlatform({ ...nodePlatform, ...changes });
  return new Map((await inspectSystem()).map((check) => [check.id, check]));
}

/** A host on which one shipped file is changed or gone. */
function withAsset(name: string, content: Uint8Array | null): Partial<Platform> {
  return {
    readAsset: async (wanted) => {
      if (wanted !== name) return nodePlatform.readAsset(wanted);
      if (content) return content;
      throw new LoquentError('ASSET_MISSING', `The shipped file "${name}" cannot be read.`);
    },
  };
}

afterEach(() => usePlatform(nodePlatform));

describe('inspectSystem', () => {
  test('every check says what was found, and advises exactly when something is not right', async () => {
    const checks = [...(await checksOn({})).values()];
    expect(checks.length).toBeGreaterThanOrEqual(8);
    for (const { id, found, status, advice } of checks) {
      expect(found, id).not.toBe('');
      expect(advice === null, id).toBe(status === 'ok');
      if (advice !== null) expect(advice, id).toMatch(/^[A-Z].*\.$/);
    }
  });

  test.each([
    ['kernels', 'assets/kernels/raster.wasm', 'raster.wasm'],
    ['speech-model', 'models/speech-motion/standard.bin', 'standard.bin'],
    ['speech-model', 'models/speech-motion/low-latency.bin', 'low-latency.bin'],
    ['face-models', 'assets/models/selfie_segmentation.tflite', 'selfie_segmentation.tflite'],
  ])('%s fails when %s is missing or changed', async (id, asset, name) => {
    for (const content of [null, new Uint8Array(16)]) {
      const checks = await checksOn(withAsset(asset, content));
      expect(checks.get(id)).toMatchObject({ status: 'fail', found: expect.stringContaining(name) });
      expect(checks.get(id)!.advice).toContain('npm ci');
      expect([...checks.values()].filter(({ status }) => status === 'fail')).toHaveLength(1);
    }
  });

  test('fails when a list of checksums is damaged', async () => {
    const text = new TextEncoder().encode('{"files":');
    const checks = await checksOn(withAsset('assets/kernels/manifest.json', text));
    expect(checks.get('kernels')).toMatchObject({
      status: 'fail',
      found: expect.stringContaining('manifest.json'),
    });
  });

  test('is content without FFmpeg, with a remark', async () => {
    const checks = await checksOn({ which: async () => null });
    expect(checks.get('ffmpeg')).toMatchObject({
      status: 'warn',
      found: expect.stringContaining('embedded'),
    });
    expect(checks.has('h264')).toBe(false);
    expect(checks.get('ffprobe')).toMatchObject({ status: 'ok' });
    expect(checks.get('voice')).toMatchObject({
      status: 'warn',
      found: expect.stringContaining('not installed'),
    });
  });

  test('finds the voice for texts under either of its names', async () => {
    const which = async (name: string) => (name === 'espeak' ? '/bin/espeak' : nodePlatform.which(name));
    const checks = await checksOn({ which });
    expect(checks.get('voice')).toMatchObject({ status: 'ok', found: expect.stringMatching(/espeak/) });
  });

  test('remarks on an FFmpeg that does not start', async () => {
    const checks = await checksOn({ which: async () => '/no/such/ffmpeg' });
    expect(checks.get('ffmpeg')).toMatchObject({
      status: 'warn',
      found: expect.stringContaining('does not run'),
    });
    expect(checks.get('h264')).toMatchObject({ status: 'warn' });
  });
});
