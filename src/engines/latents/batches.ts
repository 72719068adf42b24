import type { Network, Tensor } from '../../core/network.ts';

/** Samples per run where the network does not say: a processor gains nothing by more, a graphics card much. */
const ON_PROCESSOR = 1;
const ELSEWHERE = 8;

/** How many samples a network is best given at once. */
export function batchOf({ batch, device }: Network): number {
  return Math.min(batch ?? Infinity, device === 'cpu' ? ON_PROCESSOR : ELSEWHERE);
}

/**
 * Runs a network on any number of samples, some at once. One that takes just so many gets the last sample again to fill up.
 *
 * @param inputs - By role: the shape of one sample, and the numbers of all of them.
 * @param output - Role of the output that is wanted.
 * @param fixed - Inputs that are the same for all samples, whole.
 * @returns The output's numbers for all samples, one after the other.
 */
export async function runAll(
  network: Network,
  inputs: Readonly<Record<string, Tensor>>,
  output: string,
  count: number,
  signal?: AbortSignal,
  fixed: Readonly<Record<string, Tensor>> = {},
): Promise<Float32Array> {
  const most = batchOf(network);
  const parts: Promise<Float32Array>[] = [];
  for (let first = 0; first < count; first += most)
    parts.push(runSome(network, inputs, output, first, Math.min(count, first + most), fixed, signal));
  const found = await Promise.all(parts);
  if (found.length === 1) return found[0]!;
  const all = new Float32Array(found.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of found) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The samples from `first` up to `end`. */
async function runSome(
  network: Network,
  inputs: Readonly<Record<string, Tensor>>,
  output: string,
  first: number,
  end: number,
  fixed: Readonly<Record<string, Tensor>>,
  signal: AbortSignal | undefined,
): Promise<Float32Array> {
  const given = network.batch ?? end - first;
  const tensors = Object.entries(inputs).map(([role, { shape, data }]) => {
    const size = shape.reduce((product, length) => product * length, 1);
    const some = new Float32Array(given * size);
    for (let sample = 0; sample < given; sample++) {
      const from = Math.min(first + sample, end - 1) * size;
      some.set(data.subarray(from, from + size), sample * size);
    }
    return [role, { shape: [given, ...shape], data: some }] as const;
  });
  const results = await network.run({ ...Object.fromEntries(tensors), ...fixed }, signal);
  const { data } = results[output]!;
  return data.subarray(0, (data.length / given) * (end - first));
}
