/** Networks alone, as the engine runs them and without it. @module */
import { join } from 'node:path';
import { sizeOf, type TensorSignature } from '../../src/core/network.ts';
import { readOnnxFacts } from '../../src/engines/onnx/onnx-file.ts';
import { assignRoles } from '../../src/engines/onnx/roles.ts';
import { loadRuntime } from '../../src/engines/onnx/runtime.ts';
import { toRaw } from '../../src/engines/onnx/tensor-values.ts';
import type { ModelManifest } from '../../src/models/manifest.ts';
import { requireOnnx } from '../../src/pipeline/neural/onnx-place.ts';
import { type Cost, costBetween, now } from './cost.ts';
import type { Plan } from './plans.ts';

/**
 * The cost of a frame in each network: a run of `plan.batch` samples, as many threads as in the engine, numbers by chance, times
 * its runs per frame. One network is loaded at a time.
 */
export async function runBare(
  folder: string,
  { files, networks }: ModelManifest,
  { runs, batch, repeats }: Plan,
): Promise<Record<string, Cost>> {
  const { InferenceSession, Tensor } = await loadRuntime(await requireOnnx());
  const costs: Record<string, Cost> = {};
  for (const [role, perFrame] of Object.entries(runs)) {
    const path = join(folder, files.find((file) => file.role === role)!.name);
    const signature = networks[role]!;
    const roles = assignRoles(path, await readOnnxFacts(path), signature);
    const session = await InferenceSession.create(path, {
      executionProviders: ['cpu'],
      intraOpNumThreads: Math.max(1, navigator.hardwareConcurrency - 1),
      interOpNumThreads: 1,
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
    const samples = Math.min(batch, roles.batch ?? batch);
    const free = isBatched(signature.inputs);
    const inputs = Object.fromEntries(
      Object.entries(roles.inputs).map(([input, { name, type }]) => {
        const shape = signature.inputs[input]!.shape.map((size) => size ?? samples);
        const data = Float32Array.from({ length: sizeOf(shape) }, () => Math.random());
        return [name, new Tensor(type, toRaw({ shape, data }, type), shape)];
      }),
    );
    await session.run(inputs);
    const begin = now();
    for (let run = 0; run < repeats; run++) await session.run(inputs);
    const { wall, cpu } = costBetween(begin, now(), repeats * (free ? samples : 1));
    costs[role] = { wall: wall * perFrame, cpu: cpu * perFrame };
    await session.release();
  }
  return costs;
}

const isBatched = (inputs: Readonly<Record<string, TensorSignature>>): boolean =>
  Object.values(inputs).some(({ shape }) => shape[0] === null);
