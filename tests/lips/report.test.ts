import { describe, expect, test } from 'vitest';
import { tallyArticulation } from '../../eval/lips/articulation.ts';
import { changesText } from '../../eval/lips/changes.ts';
import { gatherVoices, measureHeldOut } from '../../eval/lips/held-out.ts';
import { segmentsOf } from '../../eval/lips/labels.ts';
import { PARTS, readOptions } from '../../eval/lips/options.ts';
import { toPage } from '../../eval/lips/page.ts';
import { estimateText, type LipReport, percent, toJson, toText } from '../../eval/lips/report.ts';
import type { Recording } from '../../eval/lips/voices/recordings.ts';
import type { Voice } from '../../eval/lips/voices/voices.ts';
import { phoneFixture } from '../audio/signals.ts';

const watch = { signal: new AbortController().signal, note: () => {} };
const { signal, phones } = phoneFixture();
const recording: Recording = {
  name: 'test 1',
  voice: 'test <voice>',
  language: 'en',
  kind: 'human',
  samples: Float32Array.from(signal),
  segments: segmentsOf(phones, 'ipa', 'en'),
};

const estimate = (value: number) => ({ value, low: value - 0.1, high: value + 0.1 });
let made: Promise<LipReport> | undefined;
const reportOf = (): Promise<LipReport> => (made ??= makeReport());
async function makeReport(): Promise<LipReport> {
  const heldOut = await measureHeldOut(
    { recordings: [recording], conditions: ['clean', 'pink'], analyser: {}, seed: 1 },
    watch,
  );
  return {
    about: {
      version: '1.2.3',
      commit: 'abc1234',
      date: '2026-01-02T03:04',
      node: 'v24.0.0',
      processor: 'a processor',
      profile: 'standard',
      seed: 1,
      quick: true,
      minutes: 1,
    },
    heldOut,
    peers: {
      apertureR: { ours: 0.8, dsp: 0.6 },
      widthR: { ours: 0.7, dsp: 0.1 },
      closureRecall: { ours: 0.9, dsp: 0.5 },
      vowelsLost: { ours: 0, dsp: 0.1 },
      delays: { ours: 0, dsp: 0.02 },
    },
    music: {
      falseSpeech: estimate(0.2),
      mouthOpen: estimate(0.3),
      noise: { falseSpeech: estimate(0.1), mouthOpen: null },
      sounds: [{ name: 'piano', source: 'built-in', seconds: 8, falseSpeech: 0.2, mouthOpen: 0.3 }],
      missing: [],
    },
    singing: {
      open: 0.9,
      speech: 0.8,
      vowelsOpen: null,
      alone: { open: 0.7, speech: 0.7, vowelsOpen: 0.8 },
      withMusic: { open: null, speech: null, vowelsOpen: null },
      songs: [],
      missing: [],
    },
    real: {
      apertureR: { ours: estimate(0.4), dsp: null },
      apertureRRaw: {},
      widthR: { ours: estimate(0.3) },
      widthRRaw: {},
      differences: { apertureR: { dsp: estimate(0.2) }, apertureRRaw: {}, widthR: {}, widthRRaw: {} },
      closedLips: { ours: 0.7, dsp: 0.6 },
      delays: { ours: 0, dsp: 0.02 },
      ceiling: null,
      intervalsOver: 'clips',
      seconds: 40,
      clips: [],
      missing: [],
    },
    videos: null,
    cpuMsPer20Ms: 0.2,
    lookAheadMs: 112.5,
    weightsKb: 250,
    missingVoices: [{ voice: 'awb', reason: 'flite is not installed', packages: 'flite' }],
    missing: ['Rhubarb'],
    failed: ['singing: it broke'],
  };
}

describe('a report', () => {
  test('gives programs plain numbers with intervals beside them', async () => {
    const json = JSON.parse(toJson(await reportOf()));
    expect(json.heldOut.visemeAccuracy).toBeGreaterThan(0.5);
    for (const name of ['visemeAccuracy', 'apertureR', 'closureRecall', 'closureRecallNoisy', 'vowelsLost']) {
      expect(json.heldOut[name], name).toBeTypeOf('number');
      expect(json.heldOut.intervals[name], name).toHaveLength(2);
    }
    for (const name of ['labiodentalRecall', 'silenceRecall', 'silenceRecallNoisy']) {
      expect(json.heldOut, name).toHaveProperty(name);
    }
    expect(json.music.falseSpeech).toBe(0.2);
    expect(json.music.intervals.falseSpeech).toEqual([0.1, 0.3]);
    expect(json.singing.open).toBe(0.9);
    expect(json.real.apertureR).toEqual({ ours: 0.4, dsp: null });
    expect(json.real.intervals.apertureR).toEqual({ ours: [0.3, 0.5], dsp: null });
    expect(json.real.differences.apertureR.dsp).toEqual({ value: 0.2, low: 0.1, high: 0.3 });
    expect([json.cpuMsPer20Ms, json.weightsKb]).toEqual([0.2, 250]);
  });

  test('tells people the figures, and what is missing', async () => {
    const text = toText(await reportOf());
    expect(text).toContain('viseme accuracy in speech');
    expect(text).toContain('ours above dsp');
    expect(text).toContain('voice awb: flite is not installed (flite)');
    expect(text).toContain('singing: it broke');
    expect(text).not.toMatch(/undefined|NaN|null/);
  });

  test('is a page that needs nothing else and escapes what it shows', async () => {
    const page = toPage(await reportOf());
    // Matched apart from the page, so that a failure does not print all of it.
    expect(page.match(/<script|src=|href=|url\(|https?:/)).toBeNull();
    expect(page.includes('test &#60;voice&#62;')).toBe(true);
    expect(page.includes('prefers-color-scheme:dark')).toBe(true);
    expect(page.match(/.{20}(undefined|NaN|null).{20}/)).toBeNull();
    expect(page.match(/<svg/g)!.length).toBeGreaterThan(5);
  });

  test('writes an interval only where there is one', () => {
    expect(estimateText({ value: 0.5, low: 0.4, high: 0.6 }, percent)).toBe('50.0 %  [40.0 %, 60.0 %]');
    expect(estimateText({ value: 0.5, low: Number.NaN, high: Number.NaN }, percent)).toBe('50.0 %');
    expect(estimateText(null, percent)).toBe('-');
  });
});

describe('changes since an earlier report', () => {
  test('are shown for every figure that both have, and marked beyond the interval', async () => {
    const now = JSON.parse(toJson(await reportOf()));
    const before = structuredClone(now);
    before.music.falseSpeech = 0.5;
    before.real.apertureR.ours = 0.35;
    before.weightsKb = 400;
    delete before.singing;
    const lines = changesText(before, now).split('\n');
    const line = (start: string) => lines.find((text) => text.trim().startsWith(start));
    expect(line('falseSpeech')).toMatch(/0\.5000 +0\.2000 {2}-0\.3000 \*$/);
    expect(line('ours')).toMatch(/0\.3500 +0\.4000 {2}\+0\.0500$/);
    expect(line('weightsKb')).toMatch(/-150\.0000$/);
    expect(line('visemeAccuracy')).not.toMatch(/[+*]/);
    expect(line('singing')).toBeUndefined();
  });
});

describe('the measurement of held-out voices', () => {
  test('is worse in noise, and its counts are those of its recordings', async () => {
    const { heldOut } = await reportOf();
    const [all] = heldOut!.voices;
    expect(heldOut!.over).toEqual(['test <voice>']);
    expect(all!.conditions.pink!.visemeAccuracy!.value).toBeLessThan(
      all!.conditions.clean!.visemeAccuracy!.value,
    );
    const frames = Math.ceil(signal.length / 320);
    expect(heldOut!.confusion.reduce((sum, count) => sum + count, 0)).toBe(frames);
    const single = tallyArticulation(recording.segments, [], [], 25);
    expect(single.closures.trials).toBeGreaterThan(20);
  });

  test('names a voice that is not there, and what would bring it', async () => {
    const voice: Voice = {
      name: 'nobody',
      synthesiser: 'flite',
      id: 'nobody',
      language: 'en',
      human: true,
      phones: 'arpabet',
      encoding: 'utf-8',
      packages: 'a-package',
    };
    const { recordings, missing } = await gatherVoices(5, watch, [voice]);
    expect(recordings).toEqual([]);
    expect(missing).toEqual([
      { voice: 'nobody', reason: expect.stringMatching(/flite/), packages: 'a-package' },
    ]);
  });

  test('stops when it is told to', async () => {
    const controller = new AbortController();
    const stopped = measureHeldOut(
      { recordings: [recording], conditions: ['clean'], analyser: {}, seed: 1 },
      { signal: controller.signal, note: () => controller.abort(new Error('enough')) },
    );
    await stopped.catch(() => undefined);
    await expect(
      measureHeldOut(
        { recordings: [recording], conditions: ['clean'], analyser: {}, seed: 1 },
        { signal: controller.signal, note: () => {} },
      ),
    ).rejects.toThrow('enough');
  });
});

describe('options', () => {
  test('measure everything by default, and videos alone when they are given', () => {
    expect(readOptions([])).toMatchObject({
      only: PARTS,
      json: false,
      out: null,
      profile: 'standard',
      seed: 1,
    });
    expect(readOptions(['--video', 'a.mp4', '--video', 'b.mp4'])).toMatchObject({
      only: [],
      video: ['a.mp4', 'b.mp4'],
    });
    expect(readOptions(['--video', 'a.mp4', '--only', 'cost']).only).toEqual(['cost']);
    expect(readOptions(['a.wav', '--quick']).recordings).toEqual(['a.wav']);
  });

  test.each([
    [['--nothing']],
    [['--only', 'mouths']],
    [['--profile', 'slow']],
    [['--seed', 'x']],
    [['--out']],
  ])('refuses %j', (args) => {
    expect(() => readOptions(args)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
  });
});
