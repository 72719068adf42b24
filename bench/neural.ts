/**
 * `npm run bench:neural -- <folder> [--json]`: what the pipeline around a network costs. The folder holds a Wav2Lip of full size;
 * weights by chance do: `python3 -m eval.networks.export wav2lip <folder>` (PyTorch).
 *
 * The bare network runs with the same batch and the same number of threads as in the engine, in turns with whole jobs, from photo
 * and sound to an MP4. A job's speed is that from its second second on. Before and after the network, processor time of one face in
 * a frame of 1080 lines is taken with a network that answers at once.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import type { Network } from '../src/core/network.ts';
import { loadRuntime } from '../src/engines/onnx/runtime.ts';
import { wav2lipEngine } from '../src/engines/wav2lip/index.ts';
import { prepareAvatar, renderFile } from '../src/index.ts';
import { ModelStore } from '../src/models/store.ts';
import { requireOnnx } from '../src/pipeline/neural/onnx-place.ts';
import { makeSpeech } from './job.ts';

const ROUNDS = 3;
const SECONDS = 6;
const RUNS = 30;
const BATCH = 2;
const FILE = 'wav2lip_96.onnx';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
});
const weights = positionals[0];
const portrait = new URL('../demo/portraits/ava.png', import.meta.url).pathname;

/** The middle of the sorted values. */
const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

/** Wall-clock and processor milliseconds of this process. */
interface Cost {
  readonly wall: number;
  readonly cpu: number;
}
function now(): Cost {
  const { user, system } = process.cpuUsage();
  return { wall: performance.now(), cpu: (user + system) / 1000 };
}
const since = (begin: Cost, count: number): Cost => {
  const end = now();
  return { wall: (end.wall - begin.wall) / count, cpu: (end.cpu - begin.cpu) / count };
};

/** A runner of the network alone: the cost of a frame. */
async function openBare(path: string): Promise<() => Promise<Cost>> {
  const runtime = await loadRuntime(await requireOnnx());
  const session = await runtime.InferenceSession.create(path, {
    executionProviders: ['cpu'],
    intraOpNumThreads: Math.max(1, navigator.hardwareConcurrency - 1),
    interOpNumThreads: 1,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
  const noise = (length: number): Float32Array => Float32Array.from({ length }, () => Math.random());
  const inputs = {
    mel: new runtime.Tensor('float32', noise(BATCH * 80 * 16), [BATCH, 1, 80, 16]),
    faces: new runtime.Tensor('float32', noise(BATCH * 6 * 96 * 96), [BATCH, 6, 96, 96]),
  };
  return async () => {
    for (let run = 0; run < 3; run++) await session.run(inputs);
    const begin = now();
    for (let run = 0; run < RUNS; run++) await session.run(inputs);
    return since(begin, RUNS * BATCH);
  };
}

/** The cost of a frame in a whole job. */
async function runWhole(audio: string, output: string): Promise<Cost> {
  const marks: { readonly frames: number; readonly at: Cost }[] = [];
  await renderFile({
    image: portrait,
    audio,
    output,
    force: true,
    engine: 'wav2lip',
    onProgress: ({ stage, frames }) => {
      if (stage === 'render' && frames >= 25) marks.push({ frames, at: now() });
    },
  });
  const [first, last] = [marks[0]!, marks.at(-1)!];
  const count = last.frames - first.frames;
  return { wall: (last.at.wall - first.at.wall) / count, cpu: (last.at.cpu - first.at.cpu) / count };
}

/** Processor milliseconds around the network for a face as wide as a quarter of a frame of 1920 x 1080. */
async function aroundNetwork(): Promise<number> {
  const mouths = new Float32Array(3 * 96 * 96).fill(0.5);
  const instant: Network = {
    device: 'cpu',
    batch: 1,
    run: () => Promise.resolve({ mouths: { shape: [1, 3, 96, 96], data: mouths } }),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const { rest: seen } = (await prepareAvatar(portrait)).mesh;
  const [left, top] = [seen[234 * 3]!, seen[10 * 3 + 1]!];
  const scale = 480 / (seen[454 * 3]! - left);
  const landmarks = seen.map((value, at) =>
    at % 3 === 0 ? 700 + (value - left) * scale : at % 3 === 1 ? 200 + (value - top) * scale : value,
  );
  const plane = (length: number): Uint8Array => Uint8Array.from({ length }, () => Math.random() * 256);
  const frame = {
    width: 1920,
    height: 1080,
    y: plane(1920 * 1080),
    u: plane(960 * 540),
    v: plane(960 * 540),
  };
  const shot = {
    frame,
    face: { landmarks, visibility: 1 },
    heard: new Float32Array(16 * 80),
    sequence: 0,
    source: null,
  };
  const renderer = await wav2lipEngine.load({ generator: instant }, { model: 'wav2lip', seed: 1 });
  const times: number[] = [];
  for (let run = 0; run < 60; run++) {
    const begin = now();
    for (let frames = 0; frames < 4; frames++) await renderer.repaint([shot]);
    if (run >= 10) times.push(since(begin, 4).cpu);
  }
  return median(times);
}

if (weights === undefined || !existsSync(join(weights, FILE))) {
  process.stderr.write(
    `Name a folder with ${FILE}. Without weights, PyTorch makes one by chance:\n  python3 -m eval.networks.export wav2lip <folder>\n`,
  );
  process.exit(64);
}
const folder = await mkdtemp(join(tmpdir(), 'loquent-bench-'));
try {
  process.env['LOQUENT_MODELS'] = join(folder, 'models');
  process.env['LOQUENT_CACHE'] = join(folder, 'cache');
  await new ModelStore().importFrom('wav2lip', weights, { accept: true });
  const speech = await makeSpeech(folder, SECONDS);
  const around = await aroundNetwork();
  const bare = await openBare(join(weights, FILE));
  const alone: Cost[] = [];
  const whole: Cost[] = [];
  for (let turn = 0; turn < ROUNDS; turn++) {
    alone.push(await bare());
    whole.push(await runWhole(speech, join(folder, 'whole.mp4')));
  }
  const ratio = (kind: keyof Cost): number =>
    round(median(whole.map((cost, turn) => alone[turn]![kind] / cost[kind])));
  const report = {
    bareMsPerFrame: round(median(alone.map(({ wall }) => wall))),
    wholeMsPerFrame: round(median(whole.map(({ wall }) => wall))),
    speedOfBare: ratio('wall'),
    bareCpuMsPerFrame: round(median(alone.map(({ cpu }) => cpu))),
    wholeCpuMsPerFrame: round(median(whole.map(({ cpu }) => cpu))),
    aroundNetworkCpuMs1080p: round(around),
    machine: { cores: cpus().length, load: round(loadavg()[0]!), node: process.version },
  };
  if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else console.table({ ...report, machine: `${report.machine.cores} cores, load ${report.machine.load}` });
} finally {
  await rm(folder, { recursive: true, force: true });
}
