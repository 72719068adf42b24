import { type AvatarCache, openCache } from '../../avatar/cache.ts';
import type { Network, Tensor } from '../../core/network.ts';
import { platform } from '../../platform/index.ts';

/** Networks that look at a source or hear a speech, and at nothing else: when a job comes again, so do their answers. */
export const REMEMBERED: readonly string[] = ['appearance', 'motion', 'vae-encoder', 'whisper', 'hubert'];

/** Changes whenever what is kept changes its form. */
const VERSION = '1';
/** Most that is kept, bytes. */
const LIMIT = 2 ** 29;

type Tensors = Readonly<Record<string, Tensor>>;

/**
 * The same network, which is asked once for every sample: what it answered is kept in the cache on the disk, under a hash of the network and
 * the numbers of the sample.
 *
 * @param identity - Of its file, and of what else its answers depend on.
 */
export async function rememberNetwork(network: Network, identity: string): Promise<Network> {
  const cache = await openCache({ kind: 'networks', maxBytes: LIMIT });
  return {
    device: network.device,
    batch: network.batch,
    run: (inputs, signal) => recall(cache, network, identity, inputs, signal),
    [Symbol.asyncDispose]: () => network[Symbol.asyncDispose](),
  };
}

async function recall(
  cache: AvatarCache,
  network: Network,
  identity: string,
  inputs: Tensors,
  signal: AbortSignal | undefined,
): Promise<Record<string, Tensor>> {
  const samples = split(inputs);
  const keys = await Promise.all(samples.map((sample) => keyOf(identity, sample)));
  const kept = await Promise.all(keys.map((key) => cache.get(key)));
  if (kept.every((bytes) => bytes !== null)) return join(kept.map(unpacked));
  // One that takes just so many samples gets all of them.
  const asked = samples.map((_, index) => index).filter((index) => network.batch !== null || !kept[index]);
  const answers = split(await network.run(join(asked.map((index) => samples[index]!)), signal), asked.length);
  await Promise.all(asked.map((index, at) => cache.put(keys[index]!, packed(answers[at]!))));
  return join(samples.map((_, index) => answers[asked.indexOf(index)] ?? unpacked(kept[index]!)));
}

/** The samples of a batch. @param count - How many there are; one alone need not be counted by its first size. */
function split(tensors: Tensors, count: number = Object.values(tensors)[0]!.shape[0]!): Tensors[] {
  if (count === 1) return [tensors];
  return Array.from({ length: count }, (_, index) =>
    changed(tensors, ({ shape, data }) => {
      const size = data.length / count;
      return { shape: [1, ...shape.slice(1)], data: data.subarray(index * size, (index + 1) * size) };
    }),
  );
}

/** The opposite of {@link split}. */
function join(samples: readonly Tensors[]): Record<string, Tensor> {
  return changed(samples[0]!, ({ shape, data: first }, role) => {
    if (samples.length === 1) return { shape, data: first };
    const data = new Float32Array(samples.length * first.length);
    for (const [index, sample] of samples.entries()) data.set(sample[role]!.data, index * first.length);
    return { shape: [samples.length, ...shape.slice(1)], data };
  });
}

function changed(tensors: Tensors, change: (tensor: Tensor, role: string) => Tensor): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([role, tensor]) => [role, change(tensor, role)]));
}

function keyOf(identity: string, sample: Tensors): Promise<string> {
  const shapes = Object.entries(sample).map(([role, { shape }]) => [role, shape]);
  const about = JSON.stringify([VERSION, identity, shapes]);
  return platform().sha256(about, ...Object.values(sample).map(({ data }) => bytesOf(data)));
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Length of the header, roles and shapes as JSON, numbers. */
function packed(tensors: Tensors): Uint8Array {
  const shapes = Object.entries(tensors).map(([role, { shape }]) => [role, shape] as const);
  const header = new TextEncoder().encode(JSON.stringify(shapes));
  const numbers = Object.values(tensors).map(({ data }) => bytesOf(data));
  const bytes = new Uint8Array(numbers.reduce((sum, { length }) => sum + length, 4 + header.length));
  new DataView(bytes.buffer).setUint32(0, header.length, true);
  bytes.set(header, 4);
  let at = 4 + header.length;
  for (const part of numbers) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function unpacked(bytes: Uint8Array): Record<string, Tensor> {
  let at = 4 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = new TextDecoder().decode(bytes.subarray(4, at));
  return Object.fromEntries(
    (JSON.parse(header) as [string, number[]][]).map(([role, shape]) => {
      const length = shape.reduce((product, size) => product * size, 4);
      // A copy, as numbers must begin at multiples of their size.
      const data = new Float32Array(bytes.slice(at, at + length).buffer);
      at += length;
      return [role, { shape, data }];
    }),
  );
}
