import { describe, expect, test } from 'vitest';
import type { Network, Tensor } from '../../../src/core/network.ts';
import { limitBatch } from '../../../src/engines/onnx/batch-limit.ts';

const signature = {
  opset: [7, 26],
  inputs: { faces: { type: 'float32', shape: [null, 2] }, time: { type: 'float32', shape: [1] } },
  outputs: { mouths: { type: 'float32', shape: [null, 2] }, step: { type: 'float32', shape: [1] } },
} as const;

/** `mouths = faces + time`, with the batches that it was given. */
function adding(batch: number | null = null) {
  const batches: number[] = [];
  const network: Network = {
    ...{ device: 'cpu', batch },
    async run({ faces, time }) {
      batches.push(faces!.shape[0]!);
      const data = faces!.data.map((value) => value + time!.data[0]!);
      return { mouths: { shape: faces!.shape, data }, step: time! };
    },
    async [Symbol.asyncDispose]() {},
  };
  return { network, batches };
}

const faces = (count: number): Tensor => ({
  shape: [count, 2],
  data: Float32Array.from({ length: count * 2 }, (_, at) => at),
});
const time: Tensor = { shape: [1], data: Float32Array.of(100) };

describe('a limit of samples per run', () => {
  test('lets a run of more become several, of which nobody sees anything', async () => {
    const { network, batches } = adding();
    const { mouths, step } = await limitBatch(network, signature, 3).run({ faces: faces(8), time });
    expect(batches).toEqual([3, 3, 2]);
    expect(mouths).toEqual((await network.run({ faces: faces(8), time })).mouths);
    expect(step).toEqual(time);
  });

  test('leaves alone what fits, and networks that take just so many', async () => {
    const free = adding();
    await limitBatch(free.network, signature, 3).run({ faces: faces(3), time });
    expect(free.batches).toEqual([3]);
    const fixed = adding(8);
    expect(limitBatch(fixed.network, signature, 3)).toBe(fixed.network);
  });

  test('is refused where tensors hold different numbers of samples', async () => {
    const both = {
      ...signature,
      inputs: { ...signature.inputs, time: { type: 'float32', shape: [null] } },
    } as const;
    const { network } = adding();
    await expect(limitBatch(network, both, 1).run({ faces: faces(2), time })).rejects.toMatchObject({
      code: 'INTERNAL',
    });
  });
});
