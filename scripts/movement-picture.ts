/**
 * Draws the picture of `docs/movement.md` out of the program itself: what the face does while the person speaks, and then
 * listens to somebody else who says the same.
 *
 * `node scripts/movement-picture.ts [--out docs/media] [--speech demo/speech/introduction.mp3]`
 *
 * @module
 */
import '../src/platform/node/use.ts';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import {
  type AudioChunk,
  BLENDSHAPE_INDEX,
  type MotionFrame,
  type SpeechFrame,
  seconds,
} from '../src/core/index.ts';
import { readSpeech, trackMotion } from '../src/pipeline/track-motion.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const FPS = 50;
const DEGREE = Math.PI / 180;
const RATE = 16_000;
/** Silence between the two speakers, seconds. */
const GAP = 0.6;
const WIDTH = 980;
const LEFT = 104;
const RIGHT = 12;

async function* chunks(samples: Float32Array): AsyncGenerator<AudioChunk> {
  for (let at = 0; at < samples.length; at += 640) {
    yield { samples: samples.subarray(at, at + 640), time: seconds(at / RATE) };
  }
}

/** One row of the picture: a name, curves in their own unit, and the value at the row's edges. */
interface Row {
  readonly name: string;
  readonly height: number;
  readonly range: number;
  /** Whether the row has its zero at the bottom instead of in the middle. */
  readonly fromZero?: boolean;
  readonly curves: readonly {
    readonly values: readonly number[];
    readonly colour: string;
    readonly filled?: boolean;
  }[];
}

function draw(rows: readonly Row[], length: number, stresses: readonly number[]): string {
  const x = (time: number): string => (LEFT + (time / length) * (WIDTH - LEFT - RIGHT)).toFixed(1);
  let top = 12;
  const parts = rows.map(({ name, height, range, fromZero, curves }) => {
    const zero = fromZero ? top + height : top + height / 2;
    const span = fromZero ? height : height / 2;
    const lines = curves.map(({ values, colour, filled }) => {
      const points = values.map((value, index) => {
        const share = Math.max(-1, Math.min(1, value / range));
        return `${x((index / values.length) * length)},${(zero - span * share).toFixed(1)}`;
      });
      return filled
        ? `<polygon points="${x(0)},${zero} ${points.join(' ')} ${x(length)},${zero}" fill="${colour}"/>`
        : `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="1.8"/>`;
    });
    const label = `<text x="${LEFT - 10}" y="${top + height / 2 + 4}" text-anchor="end">${name}</text>`;
    const axis = `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${zero}" y2="${zero}" stroke="#ddd"/>`;
    top += height + 12;
    return axis + lines.join('') + label;
  });
  const marks = stresses.map(
    (time) =>
      `<line x1="${x(time)}" x2="${x(time)}" y1="12" y2="${top - 12}" stroke="#f3dcc4" stroke-width="1.2"/>`,
  );
  const times = Array.from(
    { length: Math.floor(length / 2) + 1 },
    (_, index) =>
      `<text x="${x(2 * index)}" y="${top + 6}" text-anchor="middle" fill="#777">${2 * index} s</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${top + 14}" font-family="sans-serif" font-size="13" fill="#222"><rect width="100%" height="100%" fill="#fff"/>${marks.join('')}${parts.join('')}${times.join('')}</svg>`;
}

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: join(root, 'docs', 'media') },
    speech: { type: 'string', default: join(root, 'demo', 'speech', 'introduction.mp3') },
  },
});
const words: number[] = [];
for await (const { samples } of readSpeech(values.speech)) for (const sample of samples) words.push(sample);
const turn = words.length + GAP * RATE;
const own = new Float32Array(2 * turn);
const others = new Float32Array(2 * turn);
own.set(words);
others.set(words, turn);

const { frames, speech } = await trackMotion(chunks(own), { fps: FPS, listenTo: chunks(others) });
const { speech: heard } = await trackMotion(chunks(others), { fps: FPS });
const read = (value: (frame: MotionFrame) => number): number[] => frames.map(value);
const weight = (name: keyof typeof BLENDSHAPE_INDEX): number[] =>
  read(({ weights }) => weights[BLENDSHAPE_INDEX[name]]);
const loudness = (sound: readonly SpeechFrame[]): number[] =>
  sound.map((frame) => frame.loudness * frame.speech);
const stresses = speech.flatMap(({ events }) =>
  events.flatMap((event) => (event.kind === 'stress' && event.strength > 0.25 ? [event.time] : [])),
);

const rows: Row[] = [
  {
    name: 'own voice',
    height: 34,
    range: 1,
    fromZero: true,
    curves: [{ values: loudness(speech), colour: '#9db7dd', filled: true }],
  },
  {
    name: "other's voice",
    height: 34,
    range: 1,
    fromZero: true,
    curves: [{ values: loudness(heard), colour: '#c9c9c9', filled: true }],
  },
  {
    name: 'nod',
    height: 70,
    range: 5 * DEGREE,
    curves: [{ values: read(({ head }) => -head.pitch), colour: '#c0392b' }],
  },
  {
    name: 'turn, tilt',
    height: 70,
    range: 6 * DEGREE,
    curves: [
      { values: read(({ head }) => head.yaw), colour: '#1f6feb' },
      { values: read(({ head }) => head.roll), colour: '#8fb4ee' },
    ],
  },
  {
    name: 'look aside',
    height: 56,
    range: 10 * DEGREE,
    curves: [{ values: read(({ gaze, head }) => gaze.yaw + 0.9 * head.yaw), colour: '#2f9e44' }],
  },
  {
    name: 'lids',
    height: 36,
    range: 1,
    fromZero: true,
    curves: [{ values: weight('eyeBlinkLeft'), colour: '#555', filled: true }],
  },
  {
    name: 'brows',
    height: 40,
    range: 0.4,
    fromZero: true,
    curves: [{ values: weight('browInnerUp'), colour: '#d9822b' }],
  },
  {
    name: 'breath',
    height: 34,
    range: 1,
    fromZero: true,
    curves: [{ values: read((frame) => frame.breath), colour: '#7a5fb5' }],
  },
];
const svg = draw(rows, frames.length / FPS, stresses);
await sharp(Buffer.from(svg)).webp({ quality: 84 }).toFile(join(values.out, 'movement.webp'));
