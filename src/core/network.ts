/**
 * Neural networks as engines see them: named tensors in, named tensors out, wherever they run.
 *
 * @module
 */

/** What the numbers of a tensor are. */
export type TensorType = 'float32' | 'float16' | 'int64' | 'int32' | 'uint8' | 'int8' | 'bool';

/** Type and shape of a tensor, as far as they are fixed. */
export interface TensorSignature {
  readonly type: TensorType;
  /** Sizes in order; `null` is any size (a batch, a length). */
  readonly shape: readonly (number | null)[];
  /** Its name in the file; only needed where another tensor has the same type and shape. */
  readonly name?: string | undefined;
}

/** What a network must take and give, by role: the names by which an engine knows the tensors, whatever the file calls them. */
export interface NetworkSignature {
  /** Lowest and highest opset of the default domain. */
  readonly opset: readonly [number, number];
  /** Samples per run at most, by the numbers that it computes in; any number where nothing is said. */
  readonly mostSamples?: Readonly<Partial<Record<'fp32' | 'fp16' | 'int8', number>>> | undefined;
  readonly inputs: Readonly<Record<string, TensorSignature>>;
  readonly outputs: Readonly<Record<string, TensorSignature>>;
}

/** Numbers in rows of rows, the last dimension running fastest. */
export interface Tensor {
  readonly shape: readonly number[];
  /** As many numbers as the shape holds. */
  readonly data: Float32Array;
  /** Whether it never changes: a host may keep it, and need not hand it over again with the next run. Default no. */
  readonly constant?: boolean;
}

/** A network that is loaded. Disposing frees it. */
export interface Network extends AsyncDisposable {
  /** Where it computes, in words: `cpu`, `cuda`, the host of a server. */
  readonly device: string;
  /** How many samples one run takes at most; `null` if the network does not say. */
  readonly batch: number | null;
  /**
   * Runs it once. Runs of one network happen one after the other, in the order of the calls.
   *
   * @param inputs - By role, every one of them; whole numbers where the network takes integers. Must not change until the result is
   *   there.
   * @param signal - Ends the waiting at once; what has begun to compute is thrown away.
   * @returns Outputs by role, owned by the caller; every number is finite.
   * @throws LoquentError `ENGINE_FAILED`, `CANCELLED`.
   */
  run(inputs: Readonly<Record<string, Tensor>>, signal?: AbortSignal): Promise<Record<string, Tensor>>;
}

/** Where a network's file lies, and what it must be. */
export interface NetworkOrder {
  /** For messages and for servers: `wav2lip/generator`. */
  readonly name: string;
  /** The ONNX file. */
  readonly path: string;
  readonly signature: NetworkSignature;
  /** Changes when the file does (its checksum): what was made of it is kept under this name. `null` keeps nothing. */
  readonly identity: string | null;
}

/** Opens networks in one place: this machine's processor, its graphics card, or a server. Disposing closes all of them. */
export interface NetworkHost extends AsyncDisposable {
  /**
   * @throws LoquentError `MODEL_LOAD_FAILED`, `ENGINE_MISSING`, `ENGINE_FAILED`, `CANCELLED`.
   */
  open(order: NetworkOrder, signal?: AbortSignal): Promise<Network>;
}

/** How many numbers a shape holds. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
