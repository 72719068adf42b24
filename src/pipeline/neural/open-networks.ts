import { asLoquentError, type EngineOptions, LoquentError } from '../../core/index.ts';
import type { Network, NetworkHost, NetworkSignature } from '../../core/network.ts';
import { limitBatch } from '../../engines/onnx/batch-limit.ts';
import { KserveHost } from '../../engines/onnx/kserve-host.ts';
import { LocalHost } from '../../engines/onnx/local-host.ts';
import {
  type Device,
  ONNX_RUNTIME_VERSION,
  parseDevice,
  type RuntimePlace,
} from '../../engines/onnx/runtime.ts';
import { readManifest } from '../../models/catalogue.ts';
import type { ModelManifest, Precision } from '../../models/manifest.ts';
import { ModelStore } from '../../models/store.ts';
import { platform } from '../../platform/index.ts';
import { hostFacts } from '../../platform/node/host-facts.ts';
import { expectGraphicsMemory } from './graphics-admission.ts';
import { requireOnnx } from './onnx-place.ts';
import { REMEMBERED, rememberNetwork } from './remembered-network.ts';
import { residentNetworks } from './resident-networks.ts';

/** How networks are to be opened. */
export interface OpeningOptions extends Pick<EngineOptions, 'device' | 'precision'> {
  /** Whether what networks of this machine make of sources and speech is kept in the cache for the next job. Default no. */
  readonly remember?: boolean | undefined;
}

/** The networks of a model, loaded where they are to run. Disposing of the host frees them. */
export interface OpenedNetworks {
  readonly host: NetworkHost;
  /** By role, as in the manifest. */
  readonly networks: Readonly<Record<string, Network>>;
  readonly manifest: ModelManifest;
  /** `null` where a server decides. */
  readonly precision: Precision | null;
}

/**
 * Opens the networks of the first model that is there.
 *
 * @param models - Names, best first.
 * @param roles - The networks that are needed; all of the model by default.
 * @throws LoquentError `MODEL_MISSING`, `MODEL_LOAD_FAILED`, `ENGINE_MISSING`, `ENGINE_FAILED`, `DEVICE_FULL`, `OPTION_INVALID`, `CANCELLED`.
 */
export function openNetworks(
  models: readonly string[],
  options: OpeningOptions,
  signal?: AbortSignal,
  roles?: readonly string[],
): Promise<OpenedNetworks> {
  const open = isRemote(options.device) ? openRemote : openLocal;
  return open(models, options, signal, roles);
}

/** Threads of this machine's processor in which a device computes: one core is left to those who cut out, put back and encode. */
export function threadsOf(device: string): number {
  return device === 'cpu' ? Math.max(1, navigator.hardwareConcurrency - 1) : 0;
}

/** Whether networks run on a server. */
export function isRemote(device: string): boolean {
  return /^https?:\/\//.test(device);
}

async function openLocal(
  models: readonly string[],
  { device, precision, remember }: OpeningOptions,
  signal: AbortSignal | undefined,
  roles: readonly string[] | undefined,
): Promise<OpenedNetworks> {
  const wanted = parseDevice(device);
  const found = await locateModel(models, precision);
  const runtime = await requireOnnx();
  const key = JSON.stringify([found.manifest.name, found.checksums, device, roles, runtime.url]);
  const opened = await residentNetworks(key, found.bytes, () =>
    loadLocal(found, wanted, runtime, signal, roles),
  );
  return remember ? { ...opened, networks: await rememberAll(opened.networks, found.checksums) } : opened;
}

async function loadLocal(
  found: LocatedModel,
  wanted: Device,
  runtime: RuntimePlace,
  signal: AbortSignal | undefined,
  roles: readonly string[] | undefined,
): Promise<OpenedNetworks> {
  await expectGraphicsMemory(wanted);
  const { processor } = await hostFacts();
  const { files } = platform();
  const host = new LocalHost({
    runtime,
    device: wanted,
    threads: threadsOf('cpu'),
    graphs: files.join(files.cacheDirectory(), 'graphs'),
  });
  const identities = Object.fromEntries(
    await Promise.all(
      Object.entries(found.checksums)
        // A graph that would not fit into one file is not kept.
        .filter(([role]) => !(`${role}-weights` in found.checksums))
        .map(async ([role, checksum]) => [
          role,
          // What was optimised is for this runtime on this processor.
          await platform().sha256(checksum, ONNX_RUNTIME_VERSION, processor),
        ]),
    ),
  ) as Record<string, string>;
  const networks = await openAll(host, found, identities, signal, roles);
  return { host, networks, manifest: found.manifest, precision: found.precision };
}

/** The same networks; those whose answers come again when a job does are asked once. */
async function rememberAll(
  networks: Readonly<Record<string, Network>>,
  checksums: Readonly<Record<string, string>>,
): Promise<Record<string, Network>> {
  const entries = Object.entries(networks).map(async ([role, network]) => {
    if (!REMEMBERED.includes(role)) return [role, network] as const;
    const files = [checksums[role], checksums[`${role}-weights`] ?? ''];
    const identity = [...files, ONNX_RUNTIME_VERSION, network.device].join(' ');
    return [role, await rememberNetwork(network, identity)] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** Where a model lies. */
type LocatedModel = Awaited<ReturnType<ModelStore['locate']>>;

/**
 * The first model that is here.
 *
 * @param models - Names, best first.
 * @throws LoquentError `MODEL_MISSING` as the first one says it, `MODEL_LOAD_FAILED`, `OPTION_INVALID`.
 */
export async function locateModel(
  models: readonly string[],
  precision: Precision | undefined,
): Promise<LocatedModel> {
  const store = new ModelStore();
  let first: unknown;
  for (const name of models) {
    try {
      return await store.locate(name, precision);
    } catch (error) {
      // A model that is there and damaged is no reason to take another one without a word.
      if (asLoquentError(error).code !== 'MODEL_MISSING') throw error;
      first ??= error;
    }
  }
  throw first;
}

async function openRemote(
  models: readonly string[],
  { device, precision }: OpeningOptions,
  signal: AbortSignal | undefined,
  roles: readonly string[] | undefined,
): Promise<OpenedNetworks> {
  if (precision !== undefined) {
    throw new LoquentError('OPTION_INVALID', 'The precision of networks on a server is chosen there.', {
      hint: 'Leave out --precision.',
    });
  }
  const host = new KserveHost(device);
  let first: unknown;
  for (const name of models) {
    const manifest = await readManifest(name);
    try {
      const networks = await openAll(host, { manifest, paths: {}, precision: null }, {}, signal, roles);
      return { host, networks, manifest, precision: null };
    } catch (error) {
      if (asLoquentError(error).code !== 'ENGINE_MISSING') throw error;
      first ??= error;
    }
  }
  throw first;
}

/** Samples that a network takes at once: where a server decides on the precision, as many as in any of them. */
function mostSamples({ mostSamples: most = {} }: NetworkSignature, precision: Precision | null): number {
  const known = precision === null ? Object.values(most) : [most[precision] ?? Infinity];
  return Math.min(Infinity, ...known);
}

/** Opens the networks of a model; if one fails, none stays open. */
async function openAll(
  host: NetworkHost,
  {
    manifest: { name, networks },
    paths,
    precision,
  }: Pick<OpenedNetworks, 'manifest' | 'precision'> & {
    readonly paths: Readonly<Record<string, string>>;
  },
  identities: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
  roles: readonly string[] = Object.keys(networks),
): Promise<Record<string, Network>> {
  try {
    const opened: Record<string, Network> = {};
    for (const role of roles) {
      const signature = networks[role] as NetworkSignature;
      const [path, identity] = [paths[role] ?? '', identities[role] ?? null];
      const network = await host.open({ name: `${name}/${role}`, path, signature, identity }, signal);
      opened[role] = limitBatch(network, signature, mostSamples(signature, precision));
    }
    return opened;
  } catch (error) {
    await host[Symbol.asyncDispose]();
    throw error;
  }
}
