import { Wav2LipMel } from '../../audio/front-ends/wav2lip-mel.ts';
import {
  type AudioChunk,
  asLoquentError,
  type EngineOptions,
  type FeatureExtractor,
  LoquentError,
  type MotionFrame,
  type Warning,
} from '../../core/index.ts';
import type { Network, NetworkHost, NetworkSignature } from '../../core/network.ts';
import type { HearingEngine } from '../../engines/hearing-engine.ts';
import { KserveHost } from '../../engines/onnx/kserve-host.ts';
import { LocalHost } from '../../engines/onnx/local-host.ts';
import { ONNX_RUNTIME_VERSION, parseDevice } from '../../engines/onnx/runtime.ts';
import { wav2lipEngine } from '../../engines/wav2lip/index.ts';
import { readManifest } from '../../models/catalogue.ts';
import type { ModelManifest, Precision } from '../../models/manifest.ts';
import { ModelStore } from '../../models/store.ts';
import { platform } from '../../platform/index.ts';
import { hostFacts } from '../../platform/node/host-facts.ts';
import { HeardMovements } from './heard-movements.ts';
import { HearingRepainter } from './hearing-repainter.ts';
import { requireOnnx } from './onnx-place.ts';

/** Engines that need a network, by the name of the option. */
export const HEARING_ENGINES: Readonly<Record<string, HearingEngine>> = { wav2lip: wav2lipEngine };

/** The front ends that engines name. */
const EXTRACTORS: Readonly<Record<string, () => FeatureExtractor>> = {
  'wav2lip-mel-80': () => new Wav2LipMel(),
};

/** What a report says of the engine. */
export interface EngineReport {
  readonly name: string;
  readonly model: string;
  /** `null` where a server decides. */
  readonly precision: Precision | null;
  readonly device: string;
  /** Name of the weights' licence, and whether it allows commercial use. */
  readonly licence: string;
  readonly commercial: 'yes' | 'no' | 'unclear';
}

/** An engine that is ready to speak. Disposing frees its networks. */
export interface SpeakingEngine extends AsyncDisposable {
  readonly report: EngineReport;
  readonly repainter: HearingRepainter;
  /**
   * Lets the engine hear a speech.
   *
   * @param move - Makes movements of the speech.
   */
  hear(
    speech: AsyncIterable<AudioChunk>,
    fps: number,
    move: (speech: AsyncIterable<AudioChunk>) => AsyncIterable<readonly MotionFrame[]>,
  ): AsyncIterable<readonly MotionFrame[]>;
}

/**
 * Opens the engine that is asked for: finds its model, and loads its networks where they are to run.
 *
 * @returns `null` for the embedded engines.
 * @throws LoquentError `MODEL_MISSING`, `MODEL_LOAD_FAILED`, `ENGINE_MISSING`, `ENGINE_FAILED`, `OPTION_INVALID`.
 */
export async function openSpeakingEngine(
  options: EngineOptions,
  warn: (warning: Warning) => void,
  signal?: AbortSignal,
): Promise<SpeakingEngine | null> {
  const engine = HEARING_ENGINES[options.engine];
  if (!engine) return null;
  const remote = /^https?:\/\//.test(options.device);
  const opened = await (remote ? openRemote(engine, options, signal) : openLocal(engine, options, signal));
  const { host, networks, manifest, precision } = opened;
  const { commercial, weights, name, title, terms } = manifest;
  if (commercial !== 'yes') warn({ code: 'MODEL_NON_COMMERCIAL', message: `${title}: ${terms}` });
  const report = {
    name: engine.info.name,
    model: name,
    precision,
    device: Object.values(networks)[0]!.device,
    licence: weights.name,
    commercial,
  };
  return {
    report,
    repainter: new HearingRepainter(engine.load(networks)),
    hear(speech, fps, move) {
      const heard = new HeardMovements(EXTRACTORS[engine.window.features]!(), engine.window, fps);
      return heard.attach(move(heard.listen(speech)));
    },
    [Symbol.asyncDispose]: () => Promise.resolve(host[Symbol.asyncDispose]()),
  };
}

interface OpenedNetworks {
  readonly host: NetworkHost;
  readonly networks: Readonly<Record<string, Network>>;
  readonly manifest: ModelManifest;
  readonly precision: Precision | null;
}

async function openLocal(
  engine: HearingEngine,
  { device, precision }: EngineOptions,
  signal: AbortSignal | undefined,
): Promise<OpenedNetworks> {
  const wanted = parseDevice(device);
  const found = await locate(engine, precision);
  const runtime = await requireOnnx();
  const { processor } = await hostFacts();
  const { files } = platform();
  const host = new LocalHost({
    runtime,
    device: wanted,
    // One core is left to those who cut out, put back and encode.
    threads: Math.max(1, navigator.hardwareConcurrency - 1),
    graphs: files.join(files.cacheDirectory(), 'graphs'),
  });
  const identities = Object.fromEntries(
    await Promise.all(
      Object.entries(found.checksums).map(async ([role, checksum]) => [
        role,
        // What was optimised is for this runtime on this processor.
        await platform().sha256(checksum, ONNX_RUNTIME_VERSION, processor),
      ]),
    ),
  ) as Record<string, string>;
  const networks = await openAll(host, found.manifest, found.paths, identities, signal);
  return { host, networks, manifest: found.manifest, precision: found.precision };
}

/** The first model of the engine that is here; if none is, what the first one says. */
async function locate(engine: HearingEngine, precision: Precision | undefined) {
  const store = new ModelStore();
  let first: unknown;
  for (const name of engine.models) {
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
  engine: HearingEngine,
  { device, precision }: EngineOptions,
  signal: AbortSignal | undefined,
): Promise<OpenedNetworks> {
  if (precision !== undefined) {
    throw new LoquentError('OPTION_INVALID', 'The precision of networks on a server is chosen there.', {
      hint: 'Leave out --precision.',
    });
  }
  const host = new KserveHost(device);
  let first: unknown;
  for (const name of engine.models) {
    const manifest = await readManifest(name);
    try {
      const networks = await openAll(host, manifest, {}, {}, signal);
      return { host, networks, manifest, precision: null };
    } catch (error) {
      if (asLoquentError(error).code !== 'ENGINE_MISSING') throw error;
      first ??= error;
    }
  }
  throw first;
}

/** Opens every network of a model; if one fails, none stays open. */
async function openAll(
  host: NetworkHost,
  { name, networks }: ModelManifest,
  paths: Readonly<Record<string, string>>,
  identities: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<Record<string, Network>> {
  try {
    const opened: Record<string, Network> = {};
    for (const [role, signature] of Object.entries(networks) as [string, NetworkSignature][]) {
      opened[role] = await host.open(
        {
          name: `${name}/${role}`,
          path: paths[role] ?? '',
          signature,
          identity: identities[role] ?? null,
        },
        signal,
      );
    }
    return opened;
  } catch (error) {
    await host[Symbol.asyncDispose]();
    throw error;
  }
}
