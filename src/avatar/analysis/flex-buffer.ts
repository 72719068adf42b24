import { LoquentError } from '../../core/errors.ts';

/** What {@link decodeFlexBuffer} can find. */
export type FlexValue = number | null | FlexValue[] | { [key: string]: FlexValue };

// Type numbers of the FlexBuffers format (flatbuffers.dev/flexbuffers).
const NULL = 0;
const INT = 1;
const UINT = 2;
const FLOAT = 3;
const INDIRECT_INT = 6;
const INDIRECT_FLOAT = 8;
const MAP = 9;
const VECTOR = 10;
const VECTOR_OF_INTS = 11;

/**
 * Decodes the parameters of a custom TFLite operator: maps, vectors, integers and floats of the FlexBuffers format.
 *
 * @throws LoquentError `ASSET_CORRUPT` for any other type.
 */
export function decodeFlexBuffer(bytes: Uint8Array): FlexValue {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const unsigned = (position: number, width: number): number => {
    if (width === 1) return view.getUint8(position);
    if (width === 2) return view.getUint16(position, true);
    return width === 4 ? view.getUint32(position, true) : Number(view.getBigUint64(position, true));
  };
  const signed = (position: number, width: number): number => {
    if (width === 1) return view.getInt8(position);
    if (width === 2) return view.getInt16(position, true);
    return width === 4 ? view.getInt32(position, true) : Number(view.getBigInt64(position, true));
  };
  const float = (position: number, width: number): number =>
    width === 4 ? view.getFloat32(position, true) : view.getFloat64(position, true);
  const text = (position: number): string => {
    let end = position;
    while (view.getUint8(end) !== 0) end++;
    return new TextDecoder().decode(bytes.subarray(position, end));
  };

  /** The value at `position`, stored in `width` bytes; `packed` is its type and the width of what it points to. */
  const value = (position: number, width: number, packed: number): FlexValue => {
    const type = packed >> 2;
    const inner = 1 << (packed & 3);
    if (type === NULL) return null;
    if (type === INT) return signed(position, width);
    if (type === UINT) return unsigned(position, width);
    if (type === FLOAT) return float(position, width);
    // All further types store how far in front of here their content lies.
    const start = position - unsigned(position, width);
    if (type === INDIRECT_INT) return signed(start, inner);
    if (type === INDIRECT_FLOAT) return float(start, inner);
    const count = unsigned(start - inner, inner);
    if (type === VECTOR_OF_INTS)
      return Array.from({ length: count }, (_, i) => signed(start + i * inner, inner));
    const element = (i: number): FlexValue =>
      value(start + i * inner, inner, view.getUint8(start + count * inner + i));
    if (type === VECTOR) return Array.from({ length: count }, (_, i) => element(i));
    if (type === MAP) {
      const keysPointer = start - 3 * inner;
      const keys = keysPointer - unsigned(keysPointer, inner);
      const keyWidth = unsigned(start - 2 * inner, inner);
      return Object.fromEntries(
        Array.from({ length: count }, (_, i) => {
          const key = keys + i * keyWidth;
          return [text(key - unsigned(key, keyWidth)), element(i)];
        }),
      );
    }
    throw new LoquentError('ASSET_CORRUPT', `A face model uses the unknown FlexBuffer type ${type}.`);
  };

  const width = view.getUint8(bytes.length - 1);
  return value(bytes.length - 2 - width, width, view.getUint8(bytes.length - 2));
}
