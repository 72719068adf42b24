import { LoquentError } from '../../core/errors.ts';

/** One operator of a {@link TfliteModel}. */
export interface TfliteOperator {
  /** Name of a custom operator, or the number of a built-in one (`BuiltinOperator` of the TFLite schema). */
  readonly kind: string | number;
  /** Tensor numbers; -1 where an optional input is left out. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Parameters of a custom operator, a FlexBuffer. */
  readonly customOptions: Uint8Array | null;
}

/** One tensor of a {@link TfliteModel}. */
export interface TfliteTensor {
  readonly shape: readonly number[];
  /** `TensorType` of the TFLite schema: 0 float32, 1 float16. */
  readonly type: number;
  /** Number of the buffer that holds its constant value; 0 is the empty buffer. */
  readonly buffer: number;
}

/** Number of the built-in operator that turns float16 constants into float32. */
const DEQUANTIZE = 6;
const FLOAT16 = 1;

// Field numbers of the tables in TFLite's schema.fbs.
const MODEL = { operatorCodes: 1, subgraphs: 2, buffers: 4 } as const;
const SUBGRAPH = { tensors: 0, inputs: 1, outputs: 2, operators: 3 } as const;
const TENSOR = { shape: 0, type: 1, buffer: 2 } as const;
const OPERATOR = { code: 0, inputs: 1, outputs: 2, customOptions: 5 } as const;
const OPERATOR_CODE = { deprecatedCode: 0, customCode: 1, builtinCode: 3 } as const;

/**
 * Reads the graph of a TFLite file and cuts pieces out of it: the file is a FlatBuffer, of which only the three
 * vectors that name a graph's inputs, outputs and operators have to change. Weights stay where they are.
 *
 * The constructor throws LoquentError `ASSET_CORRUPT` if the bytes are no TFLite model.
 */
export class TfliteModel {
  readonly operators: readonly TfliteOperator[];
  readonly tensors: readonly TfliteTensor[];
  /** Tensor numbers of the whole graph's results. */
  readonly outputs: readonly number[];
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #root: number;
  readonly #graph: number;
  /** Position of each operator's table. */
  readonly #operatorTables: readonly number[];

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length < 8 || new TextDecoder().decode(bytes.subarray(4, 8)) !== 'TFL3') {
      throw new LoquentError('ASSET_CORRUPT', 'A face model is not a TFLite file.');
    }
    this.#root = this.#follow(0);
    this.#graph = this.#tables(this.#root, MODEL.subgraphs)[0]!;
    this.tensors = this.#tables(this.#graph, SUBGRAPH.tensors).map((table) => ({
      shape: this.#integers(table, TENSOR.shape),
      type: this.#byte(table, TENSOR.type),
      buffer: this.#integer(table, TENSOR.buffer),
    }));
    const kinds = this.#tables(this.#root, MODEL.operatorCodes).map((table) => {
      const custom = this.#slice(table, OPERATOR_CODE.customCode);
      if (custom) return new TextDecoder().decode(custom);
      // Newer files repeat small codes in the wide field; older ones only have the narrow one.
      return Math.max(
        this.#byte(table, OPERATOR_CODE.deprecatedCode),
        this.#integer(table, OPERATOR_CODE.builtinCode),
      );
    });
    this.#operatorTables = this.#tables(this.#graph, SUBGRAPH.operators);
    this.operators = this.#operatorTables.map((table) => ({
      kind: kinds[this.#integer(table, OPERATOR.code)]!,
      inputs: this.#integers(table, OPERATOR.inputs),
      outputs: this.#integers(table, OPERATOR.outputs),
      customOptions: this.#slice(table, OPERATOR.customOptions),
    }));
    this.outputs = this.#integers(this.#graph, SUBGRAPH.outputs);
  }

  /** The operator that makes a tensor; `undefined` for inputs and constants. */
  producer(tensor: number): TfliteOperator | undefined {
    return this.operators.find(({ outputs }) => outputs.includes(tensor));
  }

  /** The value of a constant tensor (float32 or float16, also behind a DEQUANTIZE operator). */
  constant(tensor: number): Float32Array {
    const maker = this.producer(tensor);
    const { type, buffer } = this.tensors[maker?.kind === DEQUANTIZE ? maker.inputs[0]! : tensor]!;
    const data = this.#slice(this.#tables(this.#root, MODEL.buffers)[buffer]!, 0) ?? new Uint8Array();
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    return type === FLOAT16
      ? Float32Array.from({ length: data.length / 2 }, (_, i) => halfToNumber(view.getUint16(2 * i, true)))
      : Float32Array.from({ length: data.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
  }

  /**
   * Makes a model that computes the tensors `outputs` from the tensors `inputs`: a copy of the file with only the
   * operators in between.
   */
  cut(inputs: readonly number[], outputs: readonly number[]): Uint8Array {
    const kept = this.#operatorsBetween(inputs, outputs);
    const end = (this.#bytes.length + 3) & ~3;
    const copy = new Uint8Array(end + 4 * (inputs.length + 1 + outputs.length + 1));
    copy.set(this.#bytes);
    const view = new DataView(copy.buffer);
    // The new vectors go behind the file: FlatBuffer offsets only point forwards, and tables keep their place.
    let position = end;
    for (const [field, numbers] of [
      [SUBGRAPH.inputs, inputs],
      [SUBGRAPH.outputs, outputs],
    ] as const) {
      const pointer = this.#field(this.#graph, field);
      view.setUint32(pointer, position - pointer, true);
      view.setUint32(position, numbers.length, true);
      for (const [i, number] of numbers.entries()) view.setInt32(position + 4 + 4 * i, number, true);
      position += 4 * (numbers.length + 1);
    }
    // Every operator moves to an earlier place in the vector, so its offset stays positive.
    const vector = this.#follow(this.#field(this.#graph, SUBGRAPH.operators));
    view.setUint32(vector, kept.length, true);
    for (const [i, index] of kept.entries()) {
      const pointer = vector + 4 + 4 * i;
      view.setUint32(pointer, this.#operatorTables[index]! - pointer, true);
    }
    return copy;
  }

  /** Numbers of the operators needed to get from `inputs` to `outputs`, in their order of execution. */
  #operatorsBetween(inputs: readonly number[], outputs: readonly number[]): number[] {
    const producers = new Map<number, number>();
    for (const [i, { outputs: made }] of this.operators.entries()) {
      for (const tensor of made) producers.set(tensor, i);
    }
    const kept = new Set<number>();
    const known = new Set(inputs);
    const wanted = [...outputs];
    for (let tensor = wanted.pop(); tensor !== undefined; tensor = wanted.pop()) {
      if (known.has(tensor)) continue;
      known.add(tensor);
      const index = producers.get(tensor);
      if (index === undefined || kept.has(index)) continue;
      kept.add(index);
      wanted.push(...this.operators[index]!.inputs);
    }
    return [...kept].sort((a, b) => a - b);
  }

  /** Position of a table's field, 0 if the table leaves it out. */
  #field(table: number, field: number): number {
    const layout = table - this.#view.getInt32(table, true);
    const slot = 4 + 2 * field;
    if (slot >= this.#view.getUint16(layout, true)) return 0;
    const offset = this.#view.getUint16(layout + slot, true);
    return offset === 0 ? 0 : table + offset;
  }

  #follow(pointer: number): number {
    return pointer + this.#view.getUint32(pointer, true);
  }

  #integer(table: number, field: number): number {
    const position = this.#field(table, field);
    return position === 0 ? 0 : this.#view.getInt32(position, true);
  }

  #byte(table: number, field: number): number {
    const position = this.#field(table, field);
    return position === 0 ? 0 : this.#view.getInt8(position);
  }

  #slice(table: number, field: number): Uint8Array | null {
    const position = this.#field(table, field);
    if (position === 0) return null;
    const vector = this.#follow(position);
    return this.#bytes.subarray(vector + 4, vector + 4 + this.#view.getUint32(vector, true));
  }

  #integers(table: number, field: number): number[] {
    const data = this.#slice(table, field);
    if (!data) return [];
    // The vector counts elements; `#slice` took it for a count of bytes.
    const start = data.byteOffset - this.#bytes.byteOffset;
    return Array.from({ length: data.length }, (_, i) => this.#view.getInt32(start + 4 * i, true));
  }

  #tables(table: number, field: number): number[] {
    const position = this.#field(table, field);
    if (position === 0) return [];
    const vector = this.#follow(position);
    const count = this.#view.getUint32(vector, true);
    return Array.from({ length: count }, (_, i) => this.#follow(vector + 4 + 4 * i));
  }
}

/** Value of an IEEE 754 half-precision number. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
