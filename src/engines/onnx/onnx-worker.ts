/** The thread in which networks run: the ONNX Runtime computes without giving anything else a turn. @module */
import { LoquentError } from '../../core/errors.ts';
import { modelLoadError } from '../../core/model-file.ts';
import type { NetworkOrder, Tensor } from '../../core/network.ts';
import { platform, type WorkerPort } from '../../platform/index.ts';
import { serve } from '../../platform/remote-calls.ts';
import { KEPT, type OnnxCalls, type OnnxInputs, type OnnxSettings } from './onnx-calls.ts';
import { readOnnxFacts } from './onnx-file.ts';
import { assignRoles, type Roles } from './roles.ts';
import {
  loadRuntime,
  type OnnxRuntime,
  type OnnxSession,
  providerOf,
  type RuntimePlace,
  refuseInfinite,
} from './runtime.ts';
import { fromRaw, type RawNumbers, toRaw } from './tensor-values.ts';

/** Bytes of a file whose graph is kept optimised: in half precision it grows to twice the size, and one file holds 2 GB. */
const MOST_KEPT = 2 ** 30;

interface Opened {
  readonly name: string;
  readonly session: OnnxSession;
  readonly roles: Roles;
  /** The constant tensor that came last, by role. */
  readonly kept: Map<string, Tensor>;
}

/** Called once in the new thread. */
export function start(port: WorkerPort): void {
  // The native runtime cannot read the half-precision arrays of newer Nodes; without them it takes the bits.
  Reflect.deleteProperty(globalThis, 'Float16Array');
  const networks = new Map<number, Opened>();
  let runtime: Promise<OnnxRuntime> | undefined;
  let next = 0;
  serve<OnnxCalls>(port, {
    async open(order, settings) {
      const facts = await readOnnxFacts(order.path);
      const roles = assignRoles(order.path, facts, order.signature);
      runtime ??= loadRuntime(settings.runtime, settings.threads);
      const keeping = facts.bytes > MOST_KEPT ? { ...settings, graphs: null } : settings;
      const session = await openSession(await runtime, order, keeping);
      const id = next++;
      networks.set(id, { name: order.name, session, roles, kept: new Map() });
      return { id, batch: roles.batch };
    },
    async run(id, inputs) {
      return compute(await runtime!, networks.get(id)!, inputs);
    },
    async close(id) {
      const opened = networks.get(id);
      networks.delete(id);
      await opened?.session.release();
    },
  });
}

async function openSession(
  runtime: OnnxRuntime,
  { path, identity }: NetworkOrder,
  { device, threads, graphs, runtime: place }: OnnxSettings,
): Promise<OnnxSession> {
  const provider = providerOf(runtime, device);
  const usual = {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    // Threads that wait busily take the processor from those that draw and encode.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  };
  // Only the native runtime writes files; what a graphics card needs is made for it alone.
  const keeps =
    graphs !== null && identity !== null && device.kind === 'cpu' && place.package === 'onnxruntime-node';
  try {
    if (!keeps) return await runtime.InferenceSession.create(await sourceOf(path, place), usual);
    return await openOptimised(runtime, path, graphs, `${identity}.onnx`, usual);
  } catch (cause) {
    if (cause instanceof LoquentError) throw cause;
    const said = cause instanceof Error ? cause.message : String(cause);
    if (device.kind !== 'cpu') {
      const message = `The network "${path}" does not run on "${device.kind}": ${firstLine(said)}`;
      throw new LoquentError('ENGINE_FAILED', message, { cause });
    }
    throw modelLoadError('runtime', `The ONNX Runtime refuses "${path}": ${firstLine(said)}`, {}, cause);
  }
}

/** The WebAssembly build reads no files by itself. */
async function sourceOf(path: string, { package: name }: RuntimePlace): Promise<string | Uint8Array> {
  if (name === 'onnxruntime-node') return path;
  await using file = await platform().openInput(path);
  return file.read(0, file.size);
}

/** Opens the graph as it was optimised the last time, or optimises and keeps it. */
async function openOptimised(
  runtime: OnnxRuntime,
  path: string,
  folder: string,
  name: string,
  usual: object,
): Promise<OnnxSession> {
  const { files } = platform();
  const kept = files.join(folder, name);
  if ((await files.list(folder)).some((file) => file.name === name && file.size > 0)) {
    try {
      return await runtime.InferenceSession.create(kept, { ...usual, graphOptimizationLevel: 'disabled' });
    } catch {
      // Made by another version or for another processor: made again below.
      await files.remove(kept);
    }
  }
  const partial = `${kept}.${Math.random().toString(36).slice(2)}.partial`;
  try {
    // A folder for it, if there is none.
    await files.replace(partial, new Uint8Array(0));
    const session = await runtime.InferenceSession.create(path, {
      ...usual,
      optimizedModelFilePath: partial,
    });
    await files.move(partial, kept);
    return session;
  } catch {
    // What cannot be kept, for want of room or because it grew too large, runs all the same.
    await files.remove(partial).catch(() => undefined);
    return runtime.InferenceSession.create(path, usual);
  }
}

async function compute(
  { Tensor }: OnnxRuntime,
  { name, session, roles, kept }: Opened,
  inputs: OnnxInputs,
): Promise<Record<string, Tensor>> {
  for (const [role, tensor] of Object.entries(inputs))
    if (tensor !== KEPT && tensor.constant) kept.set(role, tensor);
  const fed = Object.entries(roles.inputs).map(([role, { name: input, type }]) => {
    const tensor = inputs[role] === KEPT ? kept.get(role) : inputs[role];
    if (!tensor) throw new LoquentError('INTERNAL', `The network "${name}" was run without "${role}".`);
    return [input, new Tensor(type, toRaw(tensor, type), tensor.shape)] as const;
  });
  let given: Readonly<Record<string, { readonly data: unknown; readonly dims: readonly number[] }>>;
  try {
    given = await session.run(Object.fromEntries(fed));
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new LoquentError('ENGINE_FAILED', `The network "${name}" failed: ${firstLine(said)}`, { cause });
  }
  const outputs = Object.fromEntries(
    Object.entries(roles.outputs).map(([role, { name: output }]) => {
      const { data, dims } = given[output]!;
      // The runtime may give the same memory to the next run.
      return [role, { shape: [...dims], data: fromRaw(data as RawNumbers).slice() }];
    }),
  );
  refuseInfinite(name, outputs);
  return outputs;
}

/** What the runtime says, without the place in its own sources. */
function firstLine(text: string): string {
  const line = text
    .split('\n')[0]!
    .replace(/^.*?\/onnxruntime\/\S+ /, '')
    .trim();
  return /[.!]$/.test(line) ? line : `${line}.`;
}
