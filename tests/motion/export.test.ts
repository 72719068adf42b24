import { describe, expect, test } from 'vitest';
import { BLENDSHAPES, type SpeechFrame, seconds, VISEMES } from '../../src/core/index.ts';
import {
  createMotion,
  cuesToJson,
  cuesToTsv,
  toArkitCsv,
  toArkitJson,
  toMouthCues,
  toTalkingHead,
  toVisemesJson,
} from '../../src/motion/index.ts';
import { chatter, utter } from './speech.ts';

function move(frames: readonly SpeechFrame[], fps: number) {
  const motion = createMotion({ fps });
  return [...motion.push(frames), ...motion.flush(seconds(frames.length / 50))];
}

describe('ARKit export', () => {
  const frames = move(chatter(4), 25);
  const jaw = BLENDSHAPES.indexOf('jawOpen');

  test('JSON holds every frame with the documented names', () => {
    const document = JSON.parse(toArkitJson(frames, 25));
    expect(document).toMatchObject({ format: 'loquent-arkit', version: 1, fps: 25, names: [...BLENDSHAPES] });
    expect(document.frames.length).toBe(frames.length);
    document.frames.forEach(
      (frame: { time: number; weights: number[]; head: { yaw: number } }, index: number) => {
        expect(frame.time).toBeCloseTo(frames[index].time, 6);
        expect(frame.weights.length).toBe(52);
        expect(Math.abs(frame.weights[jaw] - frames[index].weights[jaw])).toBeLessThan(6e-5);
        expect(frame.head.yaw).toBeCloseTo(frames[index].head.yaw, 5);
      },
    );
  });

  test('the gaze becomes eyeLook weights of the right eyes', () => {
    const looking = { ...frames[0], gaze: { yaw: (Math.PI / 12) as never, pitch: (-Math.PI / 24) as never } };
    const { weights } = JSON.parse(toArkitJson([looking], 25)).frames[0];
    const named = Object.fromEntries(BLENDSHAPES.map((name, index) => [name, weights[index]]));
    expect(named).toMatchObject({
      eyeLookOutLeft: 0.5,
      eyeLookInRight: 0.5,
      eyeLookInLeft: 0,
      eyeLookOutRight: 0,
      eyeLookUpLeft: 0.25,
      eyeLookDownRight: 0,
    });
  });

  test('CSV has a header, one row per frame, and as many cells in each', () => {
    const lines = toArkitCsv(frames, 25).trimEnd().split('\n');
    expect(lines.length).toBe(frames.length + 1);
    const header = lines[0].split(',');
    expect(header.slice(0, 3)).toEqual(['Timecode', 'BlendShapeCount', 'EyeBlinkLeft']);
    expect(new Set(header).size).toBe(63);
    expect(header.map((name) => name.toLowerCase())).toEqual(
      expect.arrayContaining(BLENDSHAPES.map((name) => name.toLowerCase())),
    );
    for (const line of lines.slice(1)) {
      const cells = line.split(',');
      expect(cells.length).toBe(63);
      expect(cells[1]).toBe('61');
      expect(cells.slice(2).every((cell) => Number.isFinite(Number(cell)))).toBe(true);
    }
    const column = header.indexOf('JawOpen');
    expect(Number(lines[20].split(',')[column])).toBeCloseTo(
      frames[19].weights[BLENDSHAPES.indexOf('jawOpen')],
      5,
    );
  });

  test('CSV counts frames within the second', () => {
    const codes = (fps: number, index: number): string =>
      toArkitCsv(move(chatter(3), fps), fps)
        .split('\n')
        [index + 1].split(',')[0];
    expect(codes(25, 0)).toBe('00:00:00:00.000');
    expect(codes(25, 26)).toBe('00:00:01:01.000');
    expect(codes(23.976, 24)).toBe('00:00:01:00.024');
  });

  test('no frames: still a valid document', () => {
    expect(JSON.parse(toArkitJson([], 25)).frames).toEqual([]);
    expect(toArkitCsv([], 25).split('\n').length).toBe(2);
  });
});

describe('mouth cues', () => {
  test('name the shapes of the visemes', () => {
    const cues = toMouthCues(
      utter(['sil', 20], ['PP', 5], ['aa', 10], ['FF', 6], ['ou', 8], ['nn', 6], ['sil', 20]),
      seconds(1.5),
    );
    expect(cues.map(({ value }) => value).join('')).toBe('XADGFHX');
  });

  test('cover the whole time without gaps, none shorter than it may be', () => {
    const frames = chatter(30);
    const cues = toMouthCues(frames, seconds(30));
    expect(cues[0].start).toBe(0);
    expect(cues.at(-1)!.end).toBe(30);
    for (let index = 1; index < cues.length; index++) {
      expect(cues[index].start).toBe(cues[index - 1].end);
      expect(cues[index].value).not.toBe(cues[index - 1].value);
      expect(cues[index].end - cues[index].start).toBeGreaterThan(0.035);
    }
  });

  test('a flicker of one frame goes to its neighbours', () => {
    const cues = toMouthCues(utter(['aa', 20], ['E', 1], ['aa', 20]), seconds(0.82));
    expect(cues).toEqual([{ start: 0, end: 0.82, value: 'D' }]);
  });

  test('TSV and JSON are those of Rhubarb', () => {
    const cues = toMouthCues(utter(['sil', 25], ['aa', 25], ['sil', 25]), seconds(1.5));
    expect(cuesToTsv(cues)).toBe('0.00\tX\n0.49\tD\n0.99\tX\n1.50\tX\n');
    expect(JSON.parse(cuesToJson(cues, 'speech.wav'))).toEqual({
      metadata: { soundFile: 'speech.wav', duration: 1.5 },
      mouthCues: [
        { start: 0, end: 0.49, value: 'X' },
        { start: 0.49, end: 0.99, value: 'D' },
        { start: 0.99, end: 1.5, value: 'X' },
      ],
    });
  });

  test('nothing heard is rest', () => {
    expect(toMouthCues([], seconds(2))).toEqual([{ start: 0, end: 2, value: 'X' }]);
  });
});

describe('Oculus visemes', () => {
  test('are read back as they were heard, and as silence where nobody speaks', () => {
    const heard = utter(['sil', 5], ['PP', 5], ['aa', 5]).map((frame, index) =>
      index === 12 ? { ...frame, speech: 0.25 } : frame,
    );
    const document = JSON.parse(toVisemesJson(heard));
    expect(document).toMatchObject({ format: 'loquent-visemes', version: 1, rate: 50, names: [...VISEMES] });
    expect(document.frames.length).toBe(15);
    const strongest = document.frames.map(
      ({ weights }: { weights: number[] }) => document.names[weights.indexOf(Math.max(...weights))],
    );
    expect(strongest.join(' ')).toBe('sil sil sil sil sil PP PP PP PP PP aa aa sil aa aa');
    document.frames.forEach(({ time, weights }: { time: number; weights: number[] }, index: number) => {
      expect(time).toBeCloseTo(index / 50, 9);
      expect(weights.length).toBe(15);
      expect(weights.reduce((a, b) => a + b)).toBeCloseTo(1, 2);
    });
    expect(document.frames[12].weights[VISEMES.indexOf('aa')]).toBe(0.25);
  });
});

describe('the TalkingHead timeline', () => {
  /** What TalkingHead knows. */
  const KNOWN = ['PP', 'FF', 'TH', 'DD', 'kk', 'CH', 'SS', 'nn', 'RR', 'aa', 'E', 'I', 'O', 'U'];
  const timeline = (frames: SpeechFrame[]) =>
    JSON.parse(toTalkingHead(frames, seconds(frames.length / 50))) as {
      visemes: string[];
      vtimes: number[];
      vdurations: number[];
    };

  test('says what is shown when, in milliseconds, in its own names', () => {
    expect(timeline(utter(['sil', 20], ['PP', 4], ['ih', 10], ['oh', 8], ['ou', 8], ['sil', 20]))).toEqual({
      visemes: ['PP', 'I', 'O', 'U'],
      vtimes: [390, 470, 670, 830],
      vdurations: [80, 200, 160, 160],
    });
  });

  test('has three lists of one length, in order, of known names, none too short to be seen', () => {
    const { visemes, vtimes, vdurations } = timeline(chatter(20));
    expect(visemes.length).toBeGreaterThan(50);
    expect([vtimes.length, vdurations.length]).toEqual([visemes.length, visemes.length]);
    visemes.forEach((viseme, index) => {
      expect(KNOWN).toContain(viseme);
      expect(vdurations[index]).toBeGreaterThanOrEqual(30);
      if (index > 0) expect(vtimes[index]).toBeGreaterThanOrEqual(vtimes[index - 1] + vdurations[index - 1]);
    });
  });

  test('keeps a contact of 40 ms and drops a flicker of 20 ms', () => {
    expect(timeline(utter(['aa', 10], ['PP', 2], ['aa', 10])).visemes).toEqual(['aa', 'PP', 'aa']);
    expect(timeline(utter(['aa', 10], ['E', 1], ['aa', 10])).visemes).toEqual(['aa']);
  });

  test('of silence is empty', () => {
    expect(timeline(utter(['sil', 50]))).toEqual({ visemes: [], vtimes: [], vdurations: [] });
    expect(timeline([])).toEqual({ visemes: [], vtimes: [], vdurations: [] });
  });
});
