import { LoquentError } from '../../core/errors.ts';
import { sizeOf, type Tensor, type TensorType } from '../../core/network.ts';

/** Numbers as runtimes and servers take them. `float16` has no array type of its own: its bits are in a `Uint16Array`. */
export type RawNumbers = Float32Array | Uint16Array | BigInt64Array | Int32Array | Uint8Array | Int8Array;

/**
 * Numbers in the type that a network wants; a `Float32Array` is handed on as it is.
 *
 * @throws LoquentError `INTERNAL` if the tensor does not hold as many numbers as its shape says.
 */
export function toRaw({ data, shape }: Tensor, type: TensorType): RawNumbers {
  if (data.length !== sizeOf(shape)) {
    throw new LoquentError('INTERNAL', `A tensor [${shape.join(',')}] came with ${data.length} numbers.`);
  }
  switch (type) {
    case 'float32':
      return data;
    case 'float16':
      return Uint16Array.from(data, toHalf);
    case 'int64':
      return BigInt64Array.from(data as unknown as Iterable<number>, (value: unknown) =>
        BigInt(Math.round(value as number)),
      );
    case 'int32':
      return Int32Array.from(data, Math.round);
    case 'int8':
      return Int8Array.from(data, Math.round);
    case 'uint8':
    case 'bool':
      return Uint8Array.from(data, Math.round);
  }
}

/** The numbers of a network as floats; a `Float32Array` is handed on as it is. */
export function fromRaw(data: RawNumbers): Float32Array {
  if (data instanceof Float32Array) return data;
  if (data instanceof Uint16Array) return Float32Array.from(data, fromHalf);
  return Float32Array.from(data as Iterable<number | bigint>, Number);
}

/** Whether every number is finite. */
export function allFinite(data: Float32Array): boolean {
  let sum = 0;
  // Zero times a number is zero, unless it is infinite or none at all.
  for (let index = 0; index < data.length; index += 1) sum += data[index]! * 0;
  return sum === 0;
}

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** Bits of the half-precision number (IEEE 754 binary16) nearest to `value`, ties to even; too large ones become infinite. */
export function toHalf(value: number): number {
  float[0] = value;
  const raw = bits[0]!;
  const sign = (raw >>> 16) & 0x8000;
  const magnitude = raw & 0x7fff_ffff;
  if (magnitude > 0x7f80_0000) return sign | 0x7e00;
  if (magnitude >= 0x4780_0000) return sign | 0x7c00;
  if (magnitude >= 0x3880_0000) {
    const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
    return sign | ((rounded - 0x3800_0000) >>> 13);
  }
  // Below the smallest normal number the step is 2^-24.
  const steps = Math.abs(value) * 2 ** 24;
  const down = Math.floor(steps);
  const rest = steps - down;
  return sign | (down + (rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? 1 : 0));
}

/** The number that half-precision bits stand for. */
export function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
