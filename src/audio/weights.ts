import { LoquentError } from '../core/index.ts';
import {
  type ConvolutionShape,
  compileConvolution,
  createConvolutions,
} from '../kernels/convolution/index.ts';
import { platform } from '../platform/index.ts';
import { checkNetwork, SpeechMotionNetwork } from './network.ts';
import { parseWeightFile, type WeightFile } from './weight-file.ts';

/** The shipped networks; `models/speech-motion/card.md` says where they come from. */
export type NetworkName = 'standard' | 'low-latency';

/** A network, and the shapes of its layers. */
export interface LoadedNetwork {
  readonly network: SpeechMotionNetwork;
  readonly shapes: readonly ConvolutionShape[];
}

/**
 * Reads a shipped network and compares it with the checksum file beside it.
 *
 * @param name - Which one.
 * @throws LoquentError `ASSET_MISSING` if a file is not there, `ASSET_CORRUPT` if it was changed or is no such network.
 */
export async function loadWeights(name: NetworkName): Promise<WeightFile> {
  const path = `models/speech-motion/${name}.bin`;
  const [bytes, list] = await Promise.all([
    platform().readAsset(path),
    platform().readAsset(`models/speech-motion/${name}.sha256`),
  ]);
  const [expected = ''] = new TextDecoder().decode(list).split(' ', 1);
  const found = await platform().sha256(bytes);
  if (found !== expected) {
    throw new LoquentError(
      'ASSET_CORRUPT',
      `The weights "${path}" have the checksum ${found}, not ${expected}.`,
      {
        details: { asset: path, bytes: bytes.length },
      },
    );
  }
  const file = parseWeightFile(bytes, path);
  checkNetwork(file);
  return file;
}

/** What the networks of a realm share: weights by name, and the kernel. */
const weights = new Map<NetworkName, Promise<WeightFile>>();
let kernel: Promise<WebAssembly.Module> | undefined;

/** Remembers a promise until it fails: what is missing now may be there the next time. */
function untilItFails<T>(promise: Promise<T>, forget: () => void): Promise<T> {
  promise.catch(forget);
  return promise;
}

function sharedWeights(name: NetworkName): Promise<WeightFile> {
  const known = weights.get(name);
  if (known) return known;
  const loading = untilItFails(loadWeights(name), () => weights.delete(name));
  weights.set(name, loading);
  return loading;
}

/**
 * Makes a network with shipped weights. They and the kernel are read once per realm.
 *
 * @throws LoquentError `ASSET_MISSING`, `ASSET_CORRUPT`, `SIMD_MISSING`.
 */
export async function loadNetwork(name: NetworkName): Promise<LoadedNetwork> {
  kernel ??= untilItFails(
    platform().readAsset('assets/kernels/convolution.wasm').then(compileConvolution),
    () => {
      kernel = undefined;
    },
  );
  const [module, { layers }] = await Promise.all([kernel, sharedWeights(name)]);
  return {
    network: new SpeechMotionNetwork(await createConvolutions(module, layers)),
    shapes: layers.map(({ shape }) => shape),
  };
}
