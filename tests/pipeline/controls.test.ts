/** What controls do, seen on rendered frames: our own face analysis finds the landmarks again. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createFaceAnalyser, type Face, type FaceAnalyser } from '../../src/avatar/analysis/index.ts';
import type { MotionRenderer } from '../../src/engines/engine.ts';
import { meshEngine } from '../../src/engines/mesh/index.ts';
import {
  type AudioChunk,
  type Avatar,
  type Controls,
  ControlTrack,
  EMOTIONS,
  type EmotionMix,
  type MotionFrame,
  type PhoneTrack,
  prepareAvatar,
  radians,
  seconds,
  talk,
  trackPhones,
  viewSchema,
} from '../../src/index.ts';
import { createMotion } from '../../src/motion/index.ts';
import { loadRenderer } from '../../src/pipeline/renderer.ts';
import { type ClosureReport, judgeClosures } from '../../src/quality/closure.ts';
import { speechFixture } from '../fixtures/speech.ts';
import { utter } from '../motion/speech.ts';

let avatar: Avatar;
let renderer: MotionRenderer;
let analyser: FaceAnalyser;

beforeAll(async () => {
  avatar = await prepareAvatar(new URL('../../demo/portraits/sam.png', import.meta.url));
  renderer = await loadRenderer(meshEngine, avatar, viewSchema.parse({ size: 512, crop: 'head' }));
  analyser = await createFaceAnalyser();
}, 60_000);

afterAll(async () => {
  renderer[Symbol.dispose]();
  await analyser[Symbol.asyncDispose]();
});

const SILENCE = utter(['sil', 150]);
const VOWEL = utter(['sil', 50], ['aa', 80], ['sil', 20]);

/** The frame at 2 s, with nothing moving but what is asked for. */
function frameOf(controls: Partial<Controls>, speech = SILENCE): MotionFrame {
  const motion = createMotion({ head: 0, blink: 0, gazeAmount: 0, ...controls });
  return [...motion.push(speech), ...motion.flush(seconds(3))][50];
}

/** How far the frame is moved between looks at it, pixels, and by how much they are smaller. */
const LOOKS = [0, 5, 10, 15] as const;
const SMALLER = 15;

/**
 * The mean of four looks at a frame, each from a little further to the right and down: the landmark network errs by a
 * few tenths of a pixel, differently for every place of the same picture.
 */
async function faceOf(frame: MotionFrame): Promise<Face> {
  const { width, height, data } = renderer.render(frame, 0);
  const faces: Face[] = [];
  for (const shift of LOOKS) {
    const size = { width: width - SMALLER, height: height - SMALLER };
    const part = new Uint8Array(size.width * size.height * 4);
    for (let row = 0; row < size.height; row++) {
      const from = ((row + shift) * width + shift) * 4;
      part.set(data.subarray(from, from + size.width * 4), row * size.width * 4);
    }
    const [face] = await analyser.findFaces({ ...size, data: part });
    faces.push(face);
  }
  const mean = (of: (face: Face) => number) => faces.reduce((sum, face) => sum + of(face), 0) / faces.length;
  return {
    ...faces[0],
    landmarks: faces[0].landmarks.map((_, at) => mean(({ landmarks }) => landmarks[at])),
    pose: {
      yaw: radians(mean(({ pose }) => pose.yaw)),
      pitch: radians(mean(({ pose }) => pose.pitch)),
      roll: radians(mean(({ pose }) => pose.roll)),
    },
  };
}

/** Landmarks in the face's own frame: between the outer corners of the eyes, in distances between them. */
function places(face: Face): (...landmarks: number[]) => { x: number; y: number } {
  const at = (index: number) => [face.landmarks[index * 3], face.landmarks[index * 3 + 1]];
  const [[ax, ay], [bx, by]] = [at(33), at(263)];
  const size = Math.hypot(bx - ax, by - ay);
  const [ux, uy] = [(bx - ax) / size, (by - ay) / size];
  return (...landmarks) => {
    let [x, y] = [0, 0];
    for (const index of landmarks) {
      const dx = at(index)[0] - (ax + bx) / 2;
      const dy = at(index)[1] - (ay + by) / 2;
      x += (dx * ux + dy * uy) / size / landmarks.length;
      y += (dy * ux - dx * uy) / size / landmarks.length;
    }
    return { x, y };
  };
}

const MEASURES = {
  /** Corners of the mouth above the middle of the lips. */
  cornersUp: (face: Face) => places(face)(13, 14).y - places(face)(61, 291).y,
  mouthWidth: (face: Face) => places(face)(291).x - places(face)(61).x,
  /** One corner of the mouth above the other. */
  cornersUneven: (face: Face) => Math.abs(places(face)(61).y - places(face)(291).y),
  lipsApart: (face: Face) => places(face)(14).y - places(face)(13).y,
  innerBrowsUp: (face: Face) => -places(face)(55, 285, 107, 336).y,
  outerBrowsUp: (face: Face) => -places(face)(46, 276, 105, 334).y,
  /** Lids apart: the upper one follows the gaze. */
  eyesOpen: (face: Face) => places(face)(145, 374).y - places(face)(159, 386).y,
  irisesRight: (face: Face) => places(face)(468, 473).x - places(face)(33, 133, 362, 263).x,
  eyeDistance: ({ landmarks }: Face) =>
    Math.hypot(landmarks[263 * 3] - landmarks[33 * 3], landmarks[263 * 3 + 1] - landmarks[33 * 3 + 1]),
  yaw: ({ pose }: Face) => pose.yaw,
  pitch: ({ pose }: Face) => pose.pitch,
  roll: ({ pose }: Face) => pose.roll,
} as const;

/** What the landmark network tells apart, in distances between the eyes; pixels and radians for the others. */
const LANDMARK_NOISE = 0.002;
const NOISE: Partial<Record<keyof typeof MEASURES, number>> = {
  eyesOpen: 0.001,
  eyeDistance: 0.5,
  yaw: 0.008,
  pitch: 0.008,
  roll: 0.005,
};

const FIVE = [0, 0.25, 0.5, 0.75, 1];
const emotion = (name: string) => (value: number) => ({ emotion: { [name]: value } });

describe('on rendered frames', { timeout: 60_000 }, () => {
  test.each<[string, (value: number) => Partial<Controls>, readonly number[], keyof typeof MEASURES, 1 | -1]>(
    [
      ['happy raises the corners of the mouth', emotion('happy'), FIVE, 'cornersUp', 1],
      ['happy widens the mouth', emotion('happy'), FIVE, 'mouthWidth', 1],
      ['sad lowers the corners of the mouth', emotion('sad'), FIVE, 'cornersUp', -1],
      ['sad raises the inner brows', emotion('sad'), FIVE, 'innerBrowsUp', 1],
      ['angry lowers the brows', emotion('angry'), FIVE, 'innerBrowsUp', -1],
      ['surprised raises the inner brows', emotion('surprised'), FIVE, 'innerBrowsUp', 1],
      ['surprised raises the outer brows', emotion('surprised'), FIVE, 'outerBrowsUp', 1],
      ['disgusted lowers the brows', emotion('disgusted'), FIVE, 'innerBrowsUp', -1],
      ['disgusted lowers the corners of the mouth', emotion('disgusted'), FIVE, 'cornersUp', -1],
      ['fearful raises the inner brows', emotion('fearful'), FIVE, 'innerBrowsUp', 1],
      ['contempt raises one corner of the mouth', emotion('contempt'), FIVE, 'cornersUneven', 1],
      [
        'theta moves the irises',
        (theta) => ({ gaze: { theta, phi: 0 }, pose: { yaw: 0 } }),
        [-16, -8, 0, 8, 16],
        'irisesRight',
        1,
      ],
      ['phi lowers gaze and lids', (phi) => ({ gaze: { theta: 0, phi } }), [-6, 0, 6], 'eyesOpen', -1],
      ['theta turns the head', (theta) => ({ gaze: { theta, phi: 0 } }), [-30, -18, 0, 18, 30], 'yaw', 1],
      [
        'distance scales the distance of the eyes',
        (distance) => ({ distance }),
        [1.2, 1.1, 1, 0.9, 0.8],
        'eyeDistance',
        1,
      ],
      ['yaw turns', (yaw) => ({ pose: { yaw } }), [-8, -4, 0, 4, 8], 'yaw', 1],
      ['pitch nods', (pitch) => ({ pose: { pitch } }), [-6, -3, 0, 3, 6], 'pitch', 1],
      ['roll tilts', (roll) => ({ pose: { roll } }), [-6, -3, 0, 3, 6], 'roll', 1],
      ['scale enlarges', (scale) => ({ pose: { scale } }), [0.85, 0.95, 1.05, 1.15], 'eyeDistance', 1],
    ],
  )('%s, the more, the stronger it is', async (_, controls, levels, measure, sign) => {
    const values: number[] = [];
    for (const level of levels) values.push(sign * MEASURES[measure](await faceOf(frameOf(controls(level)))));
    const noise = NOISE[measure] ?? LANDMARK_NOISE;
    const rises = values.every((value, index) => index === 0 || value > values[index - 1] - noise);
    const measured = `${measure} ${values.map((value) => value.toFixed(4)).join(' ')}`;
    expect(rises, measured).toBe(true);
    expect(values.at(-1)! - values[0], measured).toBeGreaterThan(4 * noise);
  });

  test.each([
    ['mouth', [0, 0.5, 1, 1.5]],
    ['audioGuidance', [0, 0.5, 1, 1.5]],
  ] as const)('%s opens the mouth the wider, the larger it is', async (name, levels) => {
    const values: number[] = [];
    for (const level of levels) {
      values.push(MEASURES.lipsApart(await faceOf(frameOf({ [name]: level }, VOWEL))));
    }
    expect(values.toSorted((a, b) => a - b)).toEqual(values);
    expect(values.at(-1)! - values[0]).toBeGreaterThan(0.05);
  });
});

describe('speech under emotion', { timeout: 60_000 }, () => {
  const { phones: spans } = speechFixture();
  const phones: PhoneTrack = {
    notation: 'ipa',
    phones: spans.map(({ start, end, phone }) => ({
      start: seconds(start),
      end: seconds(end),
      symbol: phone,
    })),
  };
  const judge = async (emotion: EmotionMix): Promise<ClosureReport> => {
    const { frames } = await trackPhones(phones, { emotion });
    using small = await loadRenderer(meshEngine, avatar, viewSchema.parse({ size: 192, crop: 'head' }));
    const gaps = frames.map((frame, index) => {
      small.render(frame, index);
      return small.lipGap;
    });
    return judgeClosures(gaps, 25, spans);
  };
  let plain: ClosureReport;
  beforeAll(async () => {
    plain = await judge({});
  });

  test.each(EMOTIONS)('that is %s closes as often as without, and stays shut in silence', async (name) => {
    const most = await judge({ [name]: 1 });
    expect(most.bilabialsClosed).toBeGreaterThanOrEqual(plain.bilabialsClosed!);
    expect(most.vowelsLost).toBeLessThanOrEqual(plain.vowelsLost!);
    // The strongest surprise and fear let the jaw fall in silence.
    const gapes = name === 'surprised' || name === 'fearful';
    const { silenceClosed } = gapes ? await judge({ [name]: 0.8 }) : most;
    expect(silenceClosed).toBeGreaterThanOrEqual(Math.min(0.99, plain.silenceClosed!));
  });
});

describe('a stream', { timeout: 60_000 }, () => {
  async function* silence(): AsyncGenerator<AudioChunk> {
    for (let at = 0; at < 32_000; at += 640)
      yield { samples: new Float32Array(640), time: seconds(at / 16_000) };
  }

  test('shows a change in the frame after it was pushed', async () => {
    const controls = new ControlTrack();
    const options = { size: 96, blink: 0, head: 0, gazeAmount: 0, fps: 25 } as const;
    const frames: Uint8Array[] = [];
    for await (const frame of talk(avatar, silence(), { ...options, live: true, controls })) {
      frames.push(frame.data.slice());
      if (frames.length === 25) controls.push({ pose: { yaw: 8 } });
    }
    expect(frames.length).toBe(50);
    expect(frames[24]).toEqual(frames[23]);
    expect(frames[26]).not.toEqual(frames[24]);
    expect(frames[30]).not.toEqual(frames[26]);
  });

  test('refuses a timeline that is none before anything is drawn', () => {
    const controls = [{ time: 1, emotion: { glad: 1 } }] as never;
    expect(() => talk(avatar, silence(), { controls })).toThrowError(
      expect.objectContaining({ code: 'OPTION_INVALID', message: expect.stringContaining('emotion') }),
    );
  });
});
