/** What an engine costs before and behind its networks, in frames of 1920 x 1080: measured with networks that answer at once. @module */
import type { Avatar } from '../../src/core/index.ts';
import type { Network, Tensor } from '../../src/core/network.ts';
import type { HearingEngine, HearingShot } from '../../src/engines/hearing-engine.ts';
import { cropHead, HEAD_SIDE, scaleOf } from '../../src/engines/portrait/head-crop.ts';
import { HeadPaste } from '../../src/engines/portrait/head-paste.ts';
import { i420Length } from '../../src/kernels/colour/index.ts';
import type { ModelManifest } from '../../src/models/manifest.ts';
import { costBetween, median, now } from './cost.ts';

const [WIDTH, HEIGHT] = [1920, 1080];
/** Across the face, and across the square of an engine that draws heads, frame pixels. */
const FACE = 480;
const HEAD = 700;
/** Frames of a measurement, and measurements, of which the first are left out. */
const FRAMES = 4;
const MEASURED = 40;
const WARMING = 10;
/** Numbers of a row that each front end gives. */
const DIMENSIONS: Readonly<Record<string, number>> = { 'wav2lip-mel-80': 80 };
const WHISPER = 5 * 384;

/** Processor milliseconds per face for an engine that repaints mouths. */
export async function aroundMouth(
  engine: HearingEngine,
  manifest: ModelManifest,
  avatar: Avatar,
): Promise<number> {
  const renderer = await engine.load(instantNetworks(manifest), { model: manifest.name, seed: 1, steps: 1 });
  const { rest: seen } = avatar.mesh;
  const [left, top] = [seen[234 * 3]!, seen[10 * 3 + 1]!];
  const scale = FACE / (seen[454 * 3]! - left);
  const landmarks = seen.map((value, at) =>
    at % 3 === 0 ? 700 + (value - left) * scale : at % 3 === 1 ? 200 + (value - top) * scale : value,
  );
  const { features, rows } = engine.window;
  const shots = Array.from({ length: engine.temporal ? renderer.batch : 1 }, (): HearingShot => {
    const plane = (length: number): Uint8Array => Uint8Array.from({ length }, () => Math.random() * 256);
    const [y, u, v] = [plane(WIDTH * HEIGHT), plane((WIDTH * HEIGHT) / 4), plane((WIDTH * HEIGHT) / 4)];
    return {
      frame: { width: WIDTH, height: HEIGHT, y, u, v },
      face: { landmarks, visibility: 1 },
      heard: new Float32Array(rows * (DIMENSIONS[features] ?? WHISPER)),
      sequence: 0,
      source: null,
    };
  });
  return measure(() => renderer.repaint(shots), shots.length);
}

/** Processor milliseconds per head for an engine that draws heads: laying it over the photo, and the colours of the video. */
export async function aroundHead(avatar: Avatar): Promise<number> {
  const crop = cropHead(avatar);
  const perPixel = (HEAD_SIDE * scaleOf(crop)) / HEAD;
  const size = { width: WIDTH * perPixel, height: HEIGHT * perPixel };
  const middle = (one: number, other: number, at: number): number => ((one + other) * HEAD_SIDE) / 2 + at;
  const viewport = {
    x: middle(crop.right, -crop.down, crop.left) - size.width / 2,
    y: middle(crop.down, crop.right, crop.top) - size.height / 2,
    ...size,
  };
  const still = new Uint8Array(4 * WIDTH * HEIGHT).fill(128);
  const paste = await HeadPaste.load(still, { width: WIDTH, height: HEIGHT, viewport }, crop);
  const planes = new Uint8Array(i420Length(WIDTH, HEIGHT));
  const head = Float32Array.from({ length: 3 * HEAD_SIDE ** 2 }, () => Math.random());
  return measure(async () => paste.lay(head, planes), 1);
}

async function measure(work: () => Promise<void>, faces: number): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < MEASURED; run++) {
    const begin = now();
    for (let frame = 0; frame < FRAMES; frame++) await work();
    if (run >= WARMING) times.push(costBetween(begin, now(), FRAMES * faces).cpu);
  }
  return median(times);
}

/** Networks with the shapes of a model that answer at once, always the same. */
function instantNetworks({ networks }: ModelManifest): Record<string, Network> {
  return Object.fromEntries(
    Object.entries(networks).map(([role, { outputs }]) => {
      const answers = new Map<number, Record<string, Tensor>>();
      const network: Network = {
        device: 'cpu',
        batch: null,
        async run(inputs) {
          const samples = Object.values(inputs)[0]!.shape[0]!;
          const known = answers.get(samples) ?? answersOf(outputs, samples);
          answers.set(samples, known);
          return known;
        },
        [Symbol.asyncDispose]: async () => {},
      };
      return [role, network];
    }),
  );
}

function answersOf(outputs: ModelManifest['networks'][string]['outputs'], samples: number) {
  return Object.fromEntries(
    Object.entries(outputs).map(([role, { shape: sizes }]) => {
      const shape = sizes.map((size) => size ?? samples);
      return [role, { shape, data: new Float32Array(shape.reduce((all, size) => all * size, 1)).fill(0.5) }];
    }),
  );
}
