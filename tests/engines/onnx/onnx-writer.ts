/** Writes small ONNX files: real signatures with a handful of weights, so that engines can be tested without anybody's model. */
import type { TensorType } from '../../../src/core/network.ts';

/** Number of a tensor type in `TensorProto.DataType`. */
const TYPE_NUMBERS: Readonly<Record<TensorType | 'string' | 'double', number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  double: 11,
};

/** An input or output. Sizes that are names or `null` are free. */
export interface GraphTensor {
  readonly name: string;
  readonly type?: keyof typeof TYPE_NUMBERS;
  readonly shape: readonly (number | string | null)[];
}

/** A weight. */
export interface GraphWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
  /** A file beside the graph that begins with the numbers; they are not in the graph then. */
  readonly file?: string;
}

/** One operation. Attributes: whole numbers, floats (`{ float }`), texts and lists of whole numbers. */
export interface GraphNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<
    Record<string, number | string | readonly number[] | { readonly float: number }>
  >;
  readonly domain?: string;
}

/** A whole network. */
export interface Graph {
  readonly inputs: readonly GraphTensor[];
  readonly outputs: readonly GraphTensor[];
  readonly nodes: readonly GraphNode[];
  readonly weights?: readonly GraphWeight[];
  readonly opset?: number;
}

type Part = Uint8Array;

const text = (value: string): Part => new TextEncoder().encode(value);

function varint(value: number | bigint): Part {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}

function joined(parts: readonly Part[]): Part {
  const result = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

const number = (field: number, value: number | bigint): Part => joined([varint(field * 8), varint(value)]);
const bytes = (field: number, value: Part): Part =>
  joined([varint(field * 8 + 2), varint(value.length), value]);
const message = (field: number, ...parts: Part[]): Part => bytes(field, joined(parts));

function valueInfo(field: number, { name, type = 'float32', shape }: GraphTensor): Part {
  const dimensions = shape.map((size) =>
    typeof size === 'number'
      ? message(1, number(1, size))
      : message(1, ...(size === null ? [] : [bytes(2, text(size))])),
  );
  const tensor = message(1, number(1, TYPE_NUMBERS[type]), message(2, ...dimensions));
  return message(field, bytes(1, text(name)), message(2, tensor));
}

function weight({ name, shape, data, file }: GraphWeight): Part {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const type = data instanceof Float32Array ? TYPE_NUMBERS.float32 : TYPE_NUMBERS.int64;
  return message(
    5,
    ...shape.map((size) => number(1, size)),
    number(2, type),
    bytes(8, text(name)),
    ...(file === undefined
      ? [bytes(9, raw)]
      : [
          ...[
            ['location', file],
            ['length', String(raw.length)],
          ].map(([key, value]) => message(13, bytes(1, text(key!)), bytes(2, text(value!)))),
          number(14, 1),
        ]),
  );
}

function attribute(name: string, value: NonNullable<GraphNode['attributes']>[string]): Part {
  const head = bytes(1, text(name));
  if (typeof value === 'number') return message(5, head, number(3, value), number(20, 2));
  if (typeof value === 'string') return message(5, head, bytes(4, text(value)), number(20, 3));
  if ('float' in value) {
    const float = new Uint8Array(Float32Array.of(value.float).buffer);
    return message(5, head, joined([varint(2 * 8 + 5), float]), number(20, 1));
  }
  return message(5, head, ...value.map((item) => number(8, item)), number(20, 7));
}

function node({ op, inputs, outputs, attributes = {}, domain }: GraphNode): Part {
  return message(
    1,
    ...inputs.map((name) => bytes(1, text(name))),
    ...outputs.map((name) => bytes(2, text(name))),
    bytes(4, text(op)),
    ...Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    ...(domain === undefined ? [] : [bytes(7, text(domain))]),
  );
}

/** The bytes of an ONNX file. */
export function onnxFile({ inputs, outputs, nodes, weights = [], opset = 17 }: Graph): Uint8Array {
  const graph = joined([
    ...nodes.map(node),
    bytes(2, text('tiny')),
    ...weights.map(weight),
    ...inputs.map((tensor) => valueInfo(11, tensor)),
    ...outputs.map((tensor) => valueInfo(12, tensor)),
  ]);
  return joined([
    number(1, 8),
    bytes(2, text('loquent tests')),
    bytes(7, graph),
    message(8, number(2, opset)),
  ]);
}
