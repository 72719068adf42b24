import { modelLoadError } from '../../core/model-file.ts';
import type { NetworkSignature, TensorSignature, TensorType } from '../../core/network.ts';
import type { NamedTensor, OnnxFacts } from './onnx-file.ts';

/** Which tensor of a file plays which role. */
export interface Roles {
  readonly inputs: Readonly<Record<string, RoleTensor>>;
  readonly outputs: Readonly<Record<string, RoleTensor>>;
  /** How many samples one run takes at most; `null` if the network does not say. */
  readonly batch: number | null;
}

/** A tensor of a file. */
export interface RoleTensor {
  readonly name: string;
  readonly type: TensorType;
}

/** Types that stand for each other: what is lost between them is lost in the network anyway. */
const KIN: Readonly<Partial<Record<TensorType, readonly TensorType[]>>> = {
  float32: ['float32', 'float16'],
  float16: ['float16', 'float32'],
  int64: ['int64', 'int32'],
  int32: ['int32', 'int64'],
};

/**
 * Finds the tensors that an engine needs in a file, by type and shape: exports of one network differ in their names.
 *
 * @throws LoquentError `MODEL_LOAD_FAILED` (`opset`, `signature`).
 */
export function assignRoles(
  path: string,
  facts: Omit<OnnxFacts, 'bytes'>,
  signature: NetworkSignature,
): Roles {
  const [lowest, highest] = signature.opset;
  if (facts.opset < lowest || facts.opset > highest) {
    const message = `"${path}" has the opset ${facts.opset}; ${lowest} to ${highest} can be used.`;
    throw modelLoadError('opset', message, { opset: facts.opset, lowest, highest });
  }
  const inputs = assign(path, 'input', facts.inputs, signature.inputs);
  const outputs = assign(path, 'output', facts.outputs, signature.outputs);
  const unknown = facts.inputs.find(({ name }) => !Object.values(inputs).some((role) => role.name === name));
  if (unknown) throw mismatch(path, `the input ${described(unknown)} is not known`, facts);
  const batches = Object.entries(signature.inputs).flatMap(([role, { shape }]) => {
    const size = facts.inputs.find(({ name }) => name === inputs[role]!.name)!.shape[0] ?? null;
    return shape[0] === null && size !== null ? [size] : [];
  });
  return { inputs, outputs, batch: batches.length > 0 ? Math.min(...batches) : null };
}

function assign(
  path: string,
  kind: 'input' | 'output',
  found: readonly NamedTensor[],
  wanted: Readonly<Record<string, TensorSignature>>,
): Record<string, RoleTensor> {
  const free = new Set(found);
  const roles: Record<string, RoleTensor> = {};
  const facts = kind === 'input' ? { inputs: found } : { outputs: found };
  // Those that are known by name first: what is left is told apart by its shape.
  const order = Object.entries(wanted).toSorted(([, a], [, b]) => Number(!a.name) - Number(!b.name));
  for (const [role, signature] of order) {
    const fitting = [...free].filter((tensor) => fits(tensor, signature));
    const named = fitting.find(({ name }) => name === signature.name);
    const chosen = named ?? (fitting.length === 1 ? fitting[0] : undefined);
    if (!chosen) {
      const what = described({ name: signature.name ?? role, type: signature.type, shape: signature.shape });
      const why = fitting.length > 1 ? `several ${kind}s could be ${what}` : `it has no ${kind} ${what}`;
      throw mismatch(path, why, facts);
    }
    free.delete(chosen);
    roles[role] = { name: chosen.name, type: chosen.type! };
  }
  return roles;
}

function fits(found: NamedTensor, { type, shape }: TensorSignature): boolean {
  if (found.type === null || !(KIN[type] ?? [type]).includes(found.type)) return false;
  if (found.shape.length !== shape.length) return false;
  return shape.every((size, index) => {
    const there = found.shape[index] ?? null;
    return size === null || there === null || there === size;
  });
}

function mismatch(
  path: string,
  why: string,
  { inputs = [], outputs = [] }: Partial<Pick<OnnxFacts, 'inputs' | 'outputs'>>,
): Error {
  const has = [...inputs, ...outputs].map(described).join(', ');
  return modelLoadError('signature', `"${path}" is another network: ${why}; it has ${has}.`);
}

function described({ name, type, shape }: Pick<NamedTensor, 'name' | 'type' | 'shape'>): string {
  return `${name} ${type ?? 'of another type'} [${shape.map((size) => size ?? 'n').join(',')}]`;
}
