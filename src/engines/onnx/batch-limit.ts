import { LoquentError } from '../../core/errors.ts';
import { type Network, type NetworkSignature, sizeOf, type Tensor } from '../../core/network.ts';

/**
 * A network that never computes more samples at once than fit: a run of more of them becomes several, whose outputs are joined.
 *
 * @param signature - Tensors whose first size is open hold samples; the others are the same for all of them.
 * @param most - Samples per run, at least 1; `Infinity` for any number.
 */
export function limitBatch(network: Network, signature: NetworkSignature, most: number): Network {
  // One that takes just so many is never given more.
  if (network.batch !== null || most === Infinity) return network;
  const holds = (tensors: NetworkSignature['inputs'], role: string): boolean =>
    tensors[role]?.shape[0] === null;
  return {
    ...network,
    async run(inputs, signal) {
      const counts = Object.entries(inputs).flatMap(([role, { shape }]) =>
        holds(signature.inputs, role) ? [shape[0]!] : [],
      );
      const count = Math.max(0, ...counts);
      if (count <= most) return network.run(inputs, signal);
      if (counts.some((one) => one !== count)) {
        throw new LoquentError('INTERNAL', `A network was given ${counts.join(' and ')} samples at once.`);
      }
      const parts: Record<string, Tensor>[] = [];
      for (let first = 0; first < count; first += most) {
        const some = Object.entries(inputs).map(([role, tensor]) => [
          role,
          holds(signature.inputs, role) ? samplesOf(tensor, first, Math.min(count, first + most)) : tensor,
        ]);
        parts.push(await network.run(Object.fromEntries(some), signal));
      }
      return Object.fromEntries(
        Object.keys(parts[0]!).map((role) => {
          const tensors = parts.map((part) => part[role]!);
          return [role, holds(signature.outputs, role) ? joined(tensors) : tensors.at(-1)!];
        }),
      );
    },
  };
}

/** The samples from `first` up to `end`, without a copy. */
function samplesOf({ shape: [, ...shape], data }: Tensor, first: number, end: number): Tensor {
  const size = sizeOf(shape);
  return { shape: [end - first, ...shape], data: data.subarray(first * size, end * size) };
}

function joined(parts: readonly Tensor[]): Tensor {
  const [, ...shape] = parts[0]!.shape;
  const count = parts.reduce((sum, part) => sum + part.shape[0]!, 0);
  const data = new Float32Array(count * sizeOf(shape));
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return { shape: [count, ...shape], data };
}
