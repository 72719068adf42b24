/**
 * `npm run bench:neural -- <folder> [--json]`: what the pipeline around networks costs. The folder holds a model of full size, as
 * `loquent models import` takes it; weights by chance do: `python3 -m eval.networks.export <model> <folder>` (PyTorch).
 *
 * The bare networks run with the same batch and the same number of threads as in the engine, in turns with whole jobs, from photo
 * and sound to an MP4. Before and behind the networks, processor time of one face in a frame of 1080 lines is taken with networks
 * that answer at once. Peak memory is that of the first job, with everything that it needs.
 *
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { prepareAvatar, renderFile } from '../src/index.ts';
import { ModelStore } from '../src/models/store.ts';
import { HEARING_ENGINES } from '../src/pipeline/neural/speaking-engine.ts';
import { makeSpeech } from './job.ts';
import { aroundHead, aroundMouth } from './neural/around.ts';
import { runBare } from './neural/bare.ts';
import { type Cost, costBetween, median, now } from './neural/cost.ts';
import { MEASURED, type Plan, planFor } from './neural/plans.ts';

const FPS = 25;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
});
const weights = positionals[0];
const portrait = new URL('../demo/portraits/ava.png', import.meta.url).pathname;

const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

/** The cost of a frame in a whole job. */
async function runWhole({ engine, steps, from, to }: Plan, audio: string, output: string): Promise<Cost> {
  const marks: { readonly frames: number; readonly at: Cost }[] = [];
  await renderFile({
    image: portrait,
    audio,
    output,
    force: true,
    engine,
    ...(steps && { steps }),
    onProgress: ({ stage, frames }) => {
      if (stage === 'render' && frames >= from && frames <= to) marks.push({ frames, at: now() });
    },
  });
  const [first, last] = [marks[0]!, marks.at(-1)!];
  return costBetween(first.at, last.at, last.frames - first.frames);
}

const found = weights === undefined ? null : await planFor(weights);
if (weights === undefined || !found) {
  process.stderr.write(
    `Name a folder with the files of one of ${MEASURED.join(', ')}. Without weights, PyTorch makes them by chance:\n  python3 -m eval.networks.export <model> <folder>\n`,
  );
  process.exit(64);
}
const { manifest, plan } = found;
const folder = await mkdtemp(join(tmpdir(), 'loquent-bench-'));
try {
  process.env['LOQUENT_MODELS'] = join(folder, 'models');
  process.env['LOQUENT_CACHE'] = join(folder, 'cache');
  await new ModelStore().importFrom(manifest.name, weights, { accept: true });
  const speech = await makeSpeech(folder, plan.frames / FPS);
  const bare: Record<string, Cost>[] = [];
  const whole: Cost[] = [];
  let peak = 0;
  for (let turn = 0; turn < plan.rounds; turn++) {
    whole.push(await runWhole(plan, speech, join(folder, 'whole.mp4')));
    peak ||= process.resourceUsage().maxRSS * 1024;
    bare.push(await runBare(weights, manifest, plan));
  }
  const avatar = await prepareAvatar(portrait);
  const hearing = HEARING_ENGINES[plan.engine];
  const around = hearing ? await aroundMouth(hearing, manifest, avatar) : await aroundHead(avatar);
  const alone = bare.map((costs): Cost => {
    const sum = (kind: keyof Cost): number => Object.values(costs).reduce((all, cost) => all + cost[kind], 0);
    return { wall: sum('wall'), cpu: sum('cpu') };
  });
  const ratio = (kind: keyof Cost): number =>
    round(median(whole.map((cost, turn) => alone[turn]![kind] / cost[kind])));
  const networks = Object.keys(plan.runs).map((role) => [
    role,
    round(median(bare.map((costs) => costs[role]!.cpu))),
  ]);
  const report = {
    model: manifest.name,
    bareMsPerFrame: round(median(alone.map(({ wall }) => wall))),
    wholeMsPerFrame: round(median(whole.map(({ wall }) => wall))),
    speedOfBare: ratio('wall'),
    bareCpuMsPerFrame: round(median(alone.map(({ cpu }) => cpu))),
    wholeCpuMsPerFrame: round(median(whole.map(({ cpu }) => cpu))),
    speedOfBareCpu: ratio('cpu'),
    networksCpuMsPerFrame: Object.fromEntries(networks) as Record<string, number>,
    aroundNetworkCpuMs1080p: round(around),
    peakMemoryMb: Math.round(peak / 1e6),
    machine: { cores: cpus().length, load: round(loadavg()[0]!), node: process.version },
  };
  if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else {
    const { machine, networksCpuMsPerFrame, ...figures } = report;
    console.table({ ...figures, machine: `${machine.cores} cores, load ${machine.load}` });
    console.table(networksCpuMsPerFrame);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
