import { LoquentError } from '../core/index.ts';
import { compileConvolution, createConvolutions } from '../kernels/convolution/index.ts';
import { platform } from '../platform/index.ts';
import { NETWORK_PARAMETERS, networkLayers, SpeechMotionNetwork } from './network.ts';

/** The shipped weights, relative to the package root. `models/speech-motion/card.md` says where they come from. */
export const WEIGHTS_ASSET = 'models/speech-motion/weights.f16';
/** SHA-256 of {@link WEIGHTS_ASSET}, lower-case hex. */
export const WEIGHTS_SHA256 = '5356b4de9c3b33efafc426780cef3c4e078362a5111be6b738d0b88f744e235c';

/** Value of an IEEE 754 half-precision number, given its 16 bits. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/**
 * Reads the shipped weights and checks them.
 *
 * @returns The network's parameters, layer by layer.
 * @throws LoquentError `ASSET_MISSING` if the file is not there, `ASSET_CORRUPT` if its checksum differs.
 */
export async function loadWeights(): Promise<Float32Array> {
  const bytes = await platform().readAsset(WEIGHTS_ASSET);
  const sum = await platform().sha256(bytes);
  if (sum !== WEIGHTS_SHA256 || bytes.length !== NETWORK_PARAMETERS * 2) {
    throw new LoquentError(
      'ASSET_CORRUPT',
      `The weights "${WEIGHTS_ASSET}" have the checksum ${sum}, not ${WEIGHTS_SHA256}.`,
      { details: { asset: WEIGHTS_ASSET, bytes: bytes.length } },
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: NETWORK_PARAMETERS }, (_, index) =>
    halfToNumber(view.getUint16(index * 2, true)),
  );
}

/** What all networks of a realm share. */
let shared: Promise<{ readonly weights: Float32Array; readonly kernel: WebAssembly.Module }> | undefined;

async function loadShared(): Promise<{ weights: Float32Array; kernel: WebAssembly.Module }> {
  const [weights, kernel] = await Promise.all([
    loadWeights(),
    platform().readAsset('assets/kernels/convolution.wasm').then(compileConvolution),
  ]);
  return { weights, kernel };
}

/**
 * Makes a network with the shipped weights. They and the kernel are read once per realm.
 *
 * @throws LoquentError `ASSET_MISSING`, `ASSET_CORRUPT`, `SIMD_MISSING`.
 */
export async function loadNetwork(): Promise<SpeechMotionNetwork> {
  shared ??= loadShared().catch((error: unknown) => {
    shared = undefined;
    throw error;
  });
  const { weights, kernel } = await shared;
  return new SpeechMotionNetwork(await createConvolutions(kernel, networkLayers(weights)));
}
