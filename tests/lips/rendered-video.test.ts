/**
 * The whole way: our own engine renders speech with known phones, the instrument looks at the pixels. What it finds is
 * known beforehand, so this tests the instrument, and with it what viewers see. Needs FFmpeg.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { measureVideos, type VideoReport } from '../../eval/lips/real/videos.ts';
import { wavBytes } from '../../eval/lips/wav.ts';
import { renderFile } from '../../src/index.ts';
import { phoneFixture } from '../audio/signals.ts';

const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;
if (!hasFfmpeg) console.log('FFmpeg is not installed: lips in videos are not tracked.');

/** The first sentence with the pauses around it. */
const SECONDS = 4.7;
/** By how much the sound of the second video is late. */
const DELAY = 0.2;

describe.runIf(hasFfmpeg)('lips in a video that we rendered', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'loquent-rendered-'));
  const before = process.env['LOQUENT_CACHE'];
  const watch = { signal: new AbortController().signal, note: () => {} };
  let report: VideoReport;

  beforeAll(async () => {
    process.env['LOQUENT_CACHE'] = join(scratch, 'cache');
    const { signal, phones } = phoneFixture();
    const spoken = phones.filter(([, end]) => end < 1000 * SECONDS);
    const sound = join(scratch, 'speech.wav');
    writeFileSync(sound, wavBytes(Float32Array.from(signal).subarray(0, SECONDS * 16_000)));
    const [prompt, late] = [join(scratch, 'prompt.mp4'), join(scratch, 'late.mp4')];
    const image = new URL('../../demo/portraits/ava.png', import.meta.url);
    await renderFile({ image, audio: sound, output: prompt, size: 320, crop: 'head' });
    const shift = [
      '-itsoffset',
      String(DELAY),
      '-i',
      sound,
      '-map',
      '0:v',
      '-map',
      '1:a',
      '-c:v',
      'copy',
      late,
    ];
    execFileSync('ffmpeg', ['-v', 'error', '-i', prompt, ...shift]);
    for (const video of [prompt, late]) writeFileSync(video.replace('.mp4', '.json'), JSON.stringify(spoken));
    const peers = { rhubarb: null, headaudio: null, missing: [] };
    report = await measureVideos(
      { files: [prompt, late, sound], peers, analyser: {}, ceiling: false, seed: 1 },
      watch,
    );
  }, 240_000);
  afterAll(() => {
    if (before === undefined) delete process.env['LOQUENT_CACHE'];
    else process.env['LOQUENT_CACHE'] = before;
    rmSync(scratch, { recursive: true, force: true });
  });

  test('move as the movement says: the tracker sees what the renderer was told', () => {
    const [prompt] = report.clips;
    expect(prompt!.excluded).toBeNull();
    expect(prompt!.apertureR['ours']).toBeGreaterThan(0.85);
    // The corners of the mouth are drawn where they are told (see drawn-width.test.ts); in this sentence they move by one
    // pixel of these small frames, and the turning head and the tracker's noise are hardly less.
    expect(prompt!.widthR['ours']).toBeGreaterThan(0.5);
    expect(prompt!.sync['ours']).toBeGreaterThan(5);
  });

  test('close visibly for every p, b and m', () => {
    const { hits, trials } = report.clips[0]!.closures!;
    expect(trials).toBeGreaterThan(6);
    expect(hits).toBe(trials);
  });

  test('are found to be late when the sound is early, and the other way round', () => {
    const [prompt, late] = report.clips;
    expect(Math.abs(prompt!.lag)).toBeLessThanOrEqual(0.061);
    expect(late!.lag - prompt!.lag).toBeCloseTo(DELAY, 1);
    expect(late!.apertureR['ours']).toBeGreaterThan(0.8);
  });

  test('fit our movement better than anything that only hears', () => {
    expect(report.differences.apertureR['dsp']!.low).toBeGreaterThan(0);
    expect(report.closedLips['ours']).toBeGreaterThan(0.95);
    expect(report.apertureR['rhubarb']).toBeNull();
  });

  test('cannot be judged in a file without pictures, which is said', () => {
    expect(report.clips[2]!.excluded).toMatch(/speech\.wav/);
    expect(report.seconds).toBeLessThan(2 * SECONDS + 1);
  });
});
