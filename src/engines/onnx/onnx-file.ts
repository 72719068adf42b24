import { modelLoadError, refuseImpostor } from '../../core/model-file.ts';
import type { TensorSignature, TensorType } from '../../core/network.ts';
import { type InputFile, platform } from '../../platform/index.ts';

/** What an ONNX file says of itself. */
export interface OnnxFacts {
  /** Opset of the default domain; 0 if the file names none. */
  readonly opset: number;
  /** Bytes of the file, without weights that lie beside it. */
  readonly bytes: number;
  /** Inputs that are not weights, and outputs, in the order of the file. */
  readonly inputs: readonly NamedTensor[];
  readonly outputs: readonly NamedTensor[];
}

/** A tensor of an ONNX file. `type` is `null` for types that no engine uses (strings, sequences, doubles). */
export interface NamedTensor extends Omit<TensorSignature, 'type' | 'name'> {
  readonly name: string;
  readonly type: TensorType | null;
}

/** Field numbers of `onnx.proto`, by message. */
const MODEL = { graph: 7, opset: 8 } as const;
const GRAPH = { initializer: 5, input: 11, output: 12 } as const;

/** `TensorProto.DataType` of the types that engines use. */
const TYPES: Readonly<Record<number, TensorType>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  6: 'int32',
  7: 'int64',
  9: 'bool',
  10: 'float16',
};

/** Bytes that are read at once while looking for fields. */
const WINDOW = 4096;
/** Weights' names are looked for in so many bytes of each. */
const NAME_REACH = 1024;

/**
 * Reads what an ONNX file says of itself, without its weights: the ONNX Runtime does not tell the causes of a failure apart.
 *
 * @throws LoquentError `MODEL_LOAD_FAILED` (`missing`, `empty`, `lfs-pointer`, `web-page`, `not-onnx`, `truncated`).
 */
export async function readOnnxFacts(path: string): Promise<OnnxFacts> {
  let file: InputFile;
  try {
    file = await platform().openInput(path);
  } catch (error) {
    const empty = (error as { code?: string }).code === 'INPUT_EMPTY';
    const what = empty ? 'is empty' : 'cannot be opened';
    throw modelLoadError(empty ? 'empty' : 'missing', `"${path}" ${what}.`, {}, error);
  }
  await using opened = file;
  refuseImpostor(path, await opened.read(0, WINDOW), opened.size, 'onnx');
  const reader = new FieldReader(opened);
  let opset = 0;
  const inputs: NamedTensor[] = [];
  const outputs: NamedTensor[] = [];
  const weights = new Set<string>();
  let graphs = 0;
  for await (const field of reader.fields(0, opened.size)) {
    if (field.number === MODEL.opset) {
      const [domain, version] = opsetOf(await field.bytes());
      if (domain === '' || domain === 'ai.onnx') opset = version;
    }
    if (field.number !== MODEL.graph) continue;
    graphs += 1;
    for await (const part of reader.fields(field.start, field.end)) {
      if (part.number === GRAPH.input) inputs.push(tensorOf(await part.bytes()));
      if (part.number === GRAPH.output) outputs.push(tensorOf(await part.bytes()));
      // In old files weights are listed among the inputs too.
      if (part.number === GRAPH.initializer && inputs.length > 0) {
        const name = await nameOfWeight(reader, part);
        if (name !== null) weights.add(name);
      }
    }
  }
  if (graphs !== 1) throw modelLoadError('not-onnx', `"${path}" is no ONNX file: it holds no network.`);
  if (inputs.length > 2) await addEarlierWeights(reader, opened.size, weights);
  return { opset, bytes: opened.size, inputs: inputs.filter(({ name }) => !weights.has(name)), outputs };
}

/** Weights usually come before the inputs in the file. */
async function addEarlierWeights(reader: FieldReader, size: number, weights: Set<string>): Promise<void> {
  for await (const field of reader.fields(0, size)) {
    if (field.number !== MODEL.graph) continue;
    for await (const part of reader.fields(field.start, field.end)) {
      if (part.number !== GRAPH.initializer) continue;
      const name = await nameOfWeight(reader, part);
      if (name !== null) weights.add(name);
    }
  }
}

/** Name of a `TensorProto` (field 8), if it stands before or behind the numbers. */
async function nameOfWeight(reader: FieldReader, { start, end }: Field): Promise<string | null> {
  for await (const field of reader.fields(start, end)) {
    if (field.number === 8 && field.end - field.start <= NAME_REACH) return text(await field.bytes());
  }
  return null;
}

/** One field of a message. */
interface Field {
  readonly number: number;
  /** Where its content lies in the file; empty for numbers. */
  readonly start: number;
  readonly end: number;
  bytes(): Promise<Uint8Array>;
}

/** Walks over the fields of protocol-buffer messages in a file, skipping what is not asked for. */
class FieldReader {
  readonly #file: InputFile;
  #window: Uint8Array = new Uint8Array(0);
  #at = 0;

  constructor(file: InputFile) {
    this.#file = file;
  }

  async *fields(start: number, end: number): AsyncGenerator<Field, void, undefined> {
    let at = start;
    while (at < end) {
      const tag = await this.#varint(at);
      at += tag.length;
      const [number, wire] = [Math.floor(tag.value / 8), tag.value % 8];
      if (wire === 0) {
        at += (await this.#varint(at)).length;
        continue;
      }
      let length = wire === 1 ? 8 : 4;
      if (wire === 2) {
        const size = await this.#varint(at);
        at += size.length;
        length = size.value;
      } else if (wire !== 1 && wire !== 5) throw this.#damaged('not-onnx', 'it is no ONNX file');
      const content = at;
      at += length;
      if (at > end) throw this.#damaged('truncated', 'the file ends too early');
      yield {
        number,
        start: content,
        end: at,
        bytes: () => this.#file.read(content, length),
      };
    }
  }

  async #varint(at: number): Promise<{ readonly value: number; readonly length: number }> {
    if (at < this.#at || at + 10 > this.#at + this.#window.length) {
      this.#window = await this.#file.read(at, WINDOW);
      this.#at = at;
    }
    const result = varint(this.#window, at - this.#at);
    if (result === null) throw this.#damaged('truncated', 'the file ends too early');
    return result;
  }

  #damaged(fault: 'truncated' | 'not-onnx', why: string): Error {
    return modelLoadError(fault, `"${this.#file.path}" cannot be read: ${why}.`);
  }
}

/** A number of up to 53 bits in groups of seven, lowest first; `null` if the bytes end before it does. */
function varint(bytes: Uint8Array, at: number): { value: number; length: number } | null {
  let value = 0;
  for (let index = 0; index < 10; index += 1) {
    const byte = bytes[at + index];
    if (byte === undefined) return null;
    value += (byte & 127) * 2 ** (7 * index);
    if (byte < 128) return { value, length: index + 1 };
  }
  return null;
}

/** Fields of a small message in memory. Numbers come as `value`, the rest as `bytes`. */
function* fieldsIn(bytes: Uint8Array): Generator<{ number: number; value: number; bytes: Uint8Array }> {
  let at = 0;
  while (at < bytes.length) {
    const tag = varint(bytes, at);
    if (!tag) return;
    at += tag.length;
    const wire = tag.value % 8;
    const number = Math.floor(tag.value / 8);
    if (wire === 1 || wire === 5) {
      at += wire === 1 ? 8 : 4;
      continue;
    }
    const next = varint(bytes, at);
    if (!next) return;
    at += next.length;
    const length = wire === 2 ? next.value : 0;
    yield { number, value: next.value, bytes: bytes.subarray(at, at + length) };
    at += length;
  }
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** `OperatorSetIdProto`: domain and version. */
function opsetOf(bytes: Uint8Array): [domain: string, version: number] {
  let domain = '';
  let version = 0;
  for (const field of fieldsIn(bytes)) {
    if (field.number === 1) domain = text(field.bytes);
    if (field.number === 2) version = field.value;
  }
  return [domain, version];
}

/** `ValueInfoProto` > `TypeProto` > `Tensor` > `TensorShapeProto` > `Dimension`. */
function tensorOf(bytes: Uint8Array): NamedTensor {
  let name = '';
  let type: TensorType | null = null;
  const shape: (number | null)[] = [];
  for (const field of fieldsIn(bytes)) {
    if (field.number === 1) name = text(field.bytes);
    if (field.number !== 2) continue;
    for (const kind of fieldsIn(field.bytes)) {
      if (kind.number !== 1) continue;
      for (const part of fieldsIn(kind.bytes)) {
        if (part.number === 1) type = TYPES[part.value] ?? null;
        if (part.number === 2) shape.push(...dimensionsOf(part.bytes));
      }
    }
  }
  return { name, type, shape };
}

function dimensionsOf(bytes: Uint8Array): (number | null)[] {
  const sizes: (number | null)[] = [];
  for (const field of fieldsIn(bytes)) {
    if (field.number !== 1) continue;
    const fixed = [...fieldsIn(field.bytes)].find(({ number }) => number === 1);
    sizes.push(fixed && fixed.value > 0 ? fixed.value : null);
  }
  return sizes;
}
