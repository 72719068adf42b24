import {
  type Avatar,
  type LiveOptions,
  type LiveProfile,
  LoquentError,
  type Seconds,
  seconds,
  type Warning,
} from '../../core/index.ts';
import type { HearingEngine } from '../../engines/hearing-engine.ts';
import { openNetworks, threadsOf } from '../neural/open-networks.ts';
import { EXTRACTORS, HEARING_ENGINES } from '../neural/speaking-engine.ts';
import { type LoadedPainter, MouthPainter, type MouthPainterOutlet } from './mouth-painter.ts';

/** Seconds that a network has for a mouth, besides those in which it waits for its sound. */
const TIME_TO_PAINT: Readonly<Record<LiveProfile, number>> = { default: 0.12, 'low-latency': 0.06 };

/** What paints the mouths of one session. */
export interface LiveMouth {
  readonly painter: MouthPainter;
  /** Name of the engine. */
  readonly engine: string;
  /** Threads of this machine's processor in which its networks compute; 0 if they do so elsewhere. */
  readonly threads: number;
  /** What the user should know. */
  readonly warnings: readonly Warning[];
  /**
   * Seconds from when a picture can be drawn to when it is shown, whole pictures.
   *
   * @param heard - Seconds of sound after the time of its movement that a picture needs to be drawn.
   */
  spareOf(heard: Seconds): Seconds;
}

/** The engine that a live session asks for. */
const nameOf = ({ engine }: Pick<LiveOptions, 'engine'>): string => engine.replace(/^mesh\+/, '');

/**
 * Refuses engines that cannot paint while somebody speaks.
 *
 * @throws LoquentError `OPTION_INVALID`.
 */
export function refuseUnlive(options: Pick<LiveOptions, 'engine'>): void {
  const engine = HEARING_ENGINES[nameOf(options)];
  if (engine?.live) return;
  const live = Object.values(HEARING_ENGINES).flatMap(({ info, live }) => (live ? [info.name] : []));
  throw new LoquentError('OPTION_INVALID', `The engine "${options.engine}" cannot speak live.`, {
    hint: `Live sessions are drawn by embedded, with the mouths of ${live.join(' or ')} if one of them is asked for.`,
  });
}

/**
 * Milliseconds of this machine's processors that the network of a session takes per second, about.
 *
 * @throws LoquentError `OPTION_INVALID` for engines that cannot speak live.
 */
export function processorCostOf(options: Pick<LiveOptions, 'engine' | 'device' | 'fps'>): number {
  refuseUnlive(options);
  const { processorTime } = HEARING_ENGINES[nameOf(options)]!;
  return options.device === 'cpu' ? 1000 * processorTime * options.fps : 0;
}

/**
 * Opens what paints the mouths of a session.
 *
 * @throws LoquentError `MODEL_MISSING`, `MODEL_LOAD_FAILED`, `ENGINE_MISSING`, `ENGINE_FAILED`, `OPTION_INVALID`.
 */
export async function openLiveMouth(
  avatar: Avatar,
  options: LiveOptions,
  outlet: MouthPainterOutlet,
): Promise<LiveMouth> {
  refuseUnlive(options);
  const engine = HEARING_ENGINES[nameOf(options)]!;
  const warnings: Warning[] = [];
  let threads = 0;
  const load = async (): Promise<LoadedPainter> => {
    const { host, networks, manifest } = await openNetworks(engine.models, options);
    try {
      const { device } = Object.values(networks)[0]!;
      threads = threadsOf(device);
      warnings.splice(0, Infinity, ...warningsOf(engine, manifest, threads, options.fps));
      const renderer = await engine.load(networks, { ...options, model: manifest.name });
      const extractor = EXTRACTORS[engine.live!]!(networks);
      return { renderer, extractor, [Symbol.asyncDispose]: async () => host[Symbol.asyncDispose]() };
    } catch (error) {
      await host[Symbol.asyncDispose]();
      throw error;
    }
  };
  const painter = await MouthPainter.open({ engine, avatar, options, load, outlet });
  return {
    ...{ painter, engine: engine.info.name, threads, warnings },
    spareOf(heard) {
      const wait = Math.max(0, painter.lookAhead - heard) + TIME_TO_PAINT[options.profile];
      return seconds(Math.ceil(wait * options.fps - 1e-6) / options.fps);
    },
  };
}

function warningsOf(
  { processorTime }: HearingEngine,
  {
    commercial,
    title,
    terms,
  }: { readonly commercial: string; readonly title: string; readonly terms: string },
  threads: number,
  fps: number,
): Warning[] {
  const warnings: Warning[] = [];
  if (commercial !== 'yes') warnings.push({ code: 'MODEL_NON_COMMERCIAL', message: `${title}: ${terms}` });
  const cores = processorTime * fps;
  if (threads > 0 && cores > threads) {
    const message = `${title} needs about ${Math.ceil(cores)} processor cores for ${fps} pictures per second and has ${threads}: mouths will move without it most of the time.`;
    warnings.push({ code: 'ENGINE_SLOW', message });
  }
  return warnings;
}
