import { LoquentError, throwIfAborted } from '../../core/errors.ts';
import type { Network, NetworkHost, NetworkOrder, Tensor, TensorType } from '../../core/network.ts';
import { assignRoles, type Roles } from './roles.ts';
import { refuseInfinite } from './runtime.ts';
import { fromRaw, type RawNumbers, toRaw } from './tensor-values.ts';
import { Turns } from './turns.ts';

/** Types of the Open Inference Protocol. */
const WIRE_TYPES: Readonly<Record<TensorType, string>> = {
  float32: 'FP32',
  float16: 'FP16',
  int64: 'INT64',
  int32: 'INT32',
  uint8: 'UINT8',
  int8: 'INT8',
  bool: 'BOOL',
};

/** Milliseconds that a server may take for one answer. */
const PATIENCE = 120_000;

interface WireTensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly parameters?: { readonly binary_data_size?: number };
  readonly data?: readonly number[];
}

/**
 * Runs networks on a server that speaks the Open Inference Protocol (KServe v2) with binary tensors: Triton, OpenVINO Model Server,
 * MLServer. A model is called there as here, with `_` between: `wav2lip_generator`.
 */
export class KserveHost implements NetworkHost {
  readonly #address: string;
  readonly #headers: Readonly<Record<string, string>>;

  /** @param address - `http://gpu:8000`; a user or password in it is sent as basic authentication. */
  constructor(address: string) {
    const { protocol, host, pathname, username, password } = new URL(address);
    this.#address = `${protocol}//${host}${pathname.replace(/\/+$/, '')}`;
    const secret = btoa(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
    this.#headers = username || password ? { authorization: `Basic ${secret}` } : {};
  }

  async open({ name, signature }: NetworkOrder, signal?: AbortSignal): Promise<Network> {
    const model = name.replaceAll(/[^\w-]/g, '_');
    const place = `${this.#address}/v2/models/${model}`;
    const ready = await this.#fetch(`${place}/ready`, {}, signal);
    await ready.body?.cancel();
    if (!ready.ok) {
      const message = `The server ${this.#address} has no model "${model}" that is ready (status ${ready.status}).`;
      throw new LoquentError('ENGINE_MISSING', message, {
        hint: `Load the network there under the name "${model}".`,
      });
    }
    const answer = await this.#fetch(place, {}, signal);
    const { inputs, outputs } = (await jsonOf(answer, place)) as {
      inputs: WireTensor[];
      outputs: WireTensor[];
    };
    const facts = { opset: signature.opset[0], inputs: inputs.map(named), outputs: outputs.map(named) };
    const roles = assignRoles(place, facts, signature);
    const turns = new Turns();
    return {
      device: new URL(place).host,
      batch: roles.batch,
      run: (tensors, until) => turns.take(() => this.#infer(name, place, roles, tensors, until), until),
      async [Symbol.asyncDispose]() {},
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #infer(
    name: string,
    place: string,
    roles: Roles,
    tensors: Readonly<Record<string, Tensor>>,
    signal: AbortSignal | undefined,
  ): Promise<Record<string, Tensor>> {
    const parts = Object.entries(roles.inputs).map(([role, { name: input, type }]) => {
      const tensor = tensors[role];
      if (!tensor) throw new LoquentError('INTERNAL', `The network "${name}" was run without "${role}".`);
      const { buffer, byteOffset, byteLength } = toRaw(tensor, type);
      const bytes = new Uint8Array(buffer, byteOffset, byteLength);
      const parameters = { binary_data_size: byteLength };
      return { bytes, head: { name: input, datatype: WIRE_TYPES[type], shape: tensor.shape, parameters } };
    });
    const outputs = Object.values(roles.outputs).map((output) => ({
      name: output.name,
      parameters: { binary_data: true },
    }));
    const header = new TextEncoder().encode(
      JSON.stringify({ inputs: parts.map(({ head }) => head), outputs }),
    );
    const body = new Blob([header, ...parts.map(({ bytes }) => bytes as Uint8Array<ArrayBuffer>)]);
    const headers = {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(header.length),
    };
    const answer = await this.#fetch(`${place}/infer`, { method: 'POST', body, headers }, signal);
    if (!answer.ok) await jsonOf(answer, place);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const length = Number(answer.headers.get('inference-header-content-length') ?? bytes.length);
    const given = readAnswer(bytes, length, place);
    const results = Object.fromEntries(
      Object.entries(roles.outputs).map(([role, output]) => {
        const tensor = given.get(output.name);
        if (!tensor) throw failed(place, `its answer has no "${output.name}"`);
        return [role, tensor];
      }),
    );
    refuseInfinite(name, results);
    return results;
  }

  async #fetch(url: string, init: RequestInit, signal: AbortSignal | undefined): Promise<Response> {
    const patience = AbortSignal.timeout(PATIENCE);
    const headers = { ...this.#headers, ...(init.headers as Record<string, string> | undefined) };
    const until = signal ? AbortSignal.any([signal, patience]) : patience;
    const ask = (): Promise<Response> => fetch(url, { ...init, headers, redirect: 'error', signal: until });
    try {
      // A server may close a connection that rested just when it is used again. Asking twice changes nothing there.
      return await ask().catch((error: unknown) => {
        if (wasBroken(error)) return ask();
        throw error;
      });
    } catch (cause) {
      throwIfAborted(signal);
      throw failed(this.#address, 'it cannot be reached', cause);
    }
  }
}

/** Whether a connection broke while it was used. */
function wasBroken(error: unknown): boolean {
  const { code, name } = ((error as Error).cause ?? {}) as { code?: string; name?: string };
  return code === 'ECONNRESET' || code === 'EPIPE' || name === 'SocketError';
}

const named = ({ name, datatype, shape }: WireTensor) => ({
  name,
  type: (Object.keys(WIRE_TYPES) as TensorType[]).find((type) => WIRE_TYPES[type] === datatype) ?? null,
  shape: shape.map((size) => (size > 0 ? size : null)),
});

/** Outputs by name: the header as JSON, then their bytes one after the other. */
function readAnswer(bytes: Uint8Array, headerLength: number, place: string): Map<string, Tensor> {
  let header: { readonly outputs: readonly WireTensor[] };
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(0, headerLength)));
  } catch (cause) {
    throw failed(place, 'its answer is damaged', cause);
  }
  let at = headerLength;
  return new Map(
    header.outputs.map(({ name, datatype, shape, parameters, data }) => {
      if (data) return [name, { shape, data: Float32Array.from(data) }];
      const size = parameters?.binary_data_size ?? 0;
      if (at + size > bytes.length) throw failed(place, 'its answer ends too early');
      // A copy, as numbers must begin at multiples of their size.
      const { buffer } = bytes.slice(at, at + size);
      at += size;
      return [name, { shape, data: fromRaw(numbersOf(buffer, datatype, place)) }];
    }),
  );
}

function numbersOf(buffer: ArrayBuffer, datatype: string, place: string): RawNumbers {
  switch (datatype) {
    case 'FP32':
      return new Float32Array(buffer);
    case 'FP16':
      return new Uint16Array(buffer);
    case 'INT64':
      return new BigInt64Array(buffer);
    case 'INT32':
      return new Int32Array(buffer);
    case 'INT8':
      return new Int8Array(buffer);
    case 'UINT8':
    case 'BOOL':
      return new Uint8Array(buffer);
    default:
      throw failed(place, `it answers in "${datatype}"`);
  }
}

async function jsonOf(answer: Response, place: string): Promise<unknown> {
  const value = (await answer.json().catch(() => null)) as { error?: string } | null;
  if (answer.ok && value) return value;
  throw failed(place, value?.error ?? `it answered ${answer.status}`);
}

function failed(address: string, why: string, cause?: unknown): LoquentError {
  const { host } = new URL(address);
  return new LoquentError('ENGINE_FAILED', `The inference server ${host} failed: ${why}.`, { cause });
}
