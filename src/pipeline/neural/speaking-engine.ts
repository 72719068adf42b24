import { RollingWhisper } from '../../audio/front-ends/rolling-whisper.ts';
import { Wav2LipMel } from '../../audio/front-ends/wav2lip-mel.ts';
import { WhisperStates } from '../../audio/front-ends/whisper-states.ts';
import {
  type AudioChunk,
  type Avatar,
  type ControlSource,
  type EngineOptions,
  type FeatureExtractor,
  type Frame,
  LoquentError,
  type MotionFrame,
  type MotionOptions,
  type RenderOptions,
  type Warning,
} from '../../core/index.ts';
import type { Network } from '../../core/network.ts';
import type { View } from '../../engines/engine.ts';
import type { HearingEngine } from '../../engines/hearing-engine.ts';
import { latentSyncEngine } from '../../engines/latentsync/index.ts';
import { museTalkEngine } from '../../engines/musetalk/index.ts';
import type { HeadMover, PortraitEngine } from '../../engines/portrait-engine.ts';
import { wav2lipEngine } from '../../engines/wav2lip/index.ts';
import type { Precision } from '../../models/manifest.ts';
import type { Repainter } from '../repainter.ts';
import type { StageClock } from '../trace.ts';
import type { DrivingClip } from './driving-clip.ts';
import { type HeardMotion, HeardMovements } from './heard-movements.ts';
import { HearingRepainter } from './hearing-repainter.ts';
import { type DrawnPhoto, meshPhoto } from './mesh-photo.ts';
import { type OpenedNetworks, openNetworks } from './open-networks.ts';
import { repaintPhoto } from './photo-takes.ts';
import { HEAD_MOVERS, PORTRAIT_ENGINES, portraitSpeaker } from './portrait-speaker.ts';

/** Engines that repaint mouths with networks, by the name of the option. */
export const HEARING_ENGINES: Readonly<Record<string, HearingEngine>> = {
  wav2lip: wav2lipEngine,
  musetalk: museTalkEngine,
  latentsync: latentSyncEngine,
};

/** The front ends that engines name. Those that are networks themselves are files of the engine's model. */
export const EXTRACTORS: Readonly<
  Record<string, (networks: Readonly<Record<string, Network>>) => FeatureExtractor>
> = {
  'wav2lip-mel-80': () => new Wav2LipMel(),
  'whisper-tiny-pieces': ({ whisper }) => new WhisperStates(whisper!, 'pieces'),
  'whisper-tiny-whole': ({ whisper }) => new WhisperStates(whisper!, 'whole'),
  'whisper-tiny-rolling': ({ whisper }) => new RollingWhisper(whisper!),
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
  /** The networks that drew or moved the head, where these ones painted the mouth into it. */
  readonly head?: EngineReport | undefined;
}

/** A photo that is to speak, and what an engine can use to draw it. */
export interface SpeakingPhoto {
  readonly avatar: Avatar;
  readonly framing: Pick<View, 'width' | 'height' | 'viewport'>;
  /** Draws movements with the embedded engine, in order, one frame for each; each is valid until the next one is asked for. */
  drawMesh(movements: AsyncIterable<readonly MotionFrame[]>): AsyncIterable<Frame>;
}

/** What drawing needs besides what is drawn. */
export interface DrawingContext {
  readonly clock: StageClock;
  readonly signal?: AbortSignal | undefined;
  /** Whether the landmarks of the drawn face are needed. */
  readonly locate?: boolean | undefined;
}

/** What drives a head. */
export interface Driving {
  readonly clip: DrivingClip;
  /** Whether the lips are the driver's too. */
  readonly speaks: boolean;
}

/** Lets photos speak: an engine, or one that paints mouths into what another one draws. */
export interface PhotoEngine {
  /** Frames per second that it learnt; `null` where it takes any. */
  readonly fps: number | null;
  /** Whether its frames are those of the embedded engine: RGBA, transparent where that is asked for. */
  readonly drawsMesh: boolean;
  /** Whether a video can drive it. */
  readonly drivable: boolean;
  /** Refuses what it cannot do. @throws LoquentError `OPTION_INVALID`. */
  refuse(options: RenderOptions & EngineOptions): void;
  /**
   * Tells the engine what is asked for, before it hears.
   *
   * @returns Where the movements are to take their controls from.
   */
  follow(controls: ControlSource | undefined, options: MotionOptions): ControlSource | undefined;
  /**
   * Lets the engine hear a speech.
   *
   * @param move - Makes movements of the speech.
   * @param driver - A video that drives the head, if it is {@link PhotoEngine.drivable}; stays the caller's.
   */
  hear(
    speech: AsyncIterable<AudioChunk>,
    fps: number,
    move: (speech: AsyncIterable<AudioChunk>) => AsyncIterable<readonly MotionFrame[]>,
    driver?: Driving | undefined,
  ): AsyncIterable<readonly MotionFrame[]>;
  /**
   * Lets a photo speak.
   *
   * @param movements - As {@link PhotoEngine.hear} gives them.
   * @returns One for each movement, in order.
   */
  drawPhoto(
    photo: SpeakingPhoto,
    movements: AsyncIterable<readonly MotionFrame[]>,
    context: DrawingContext,
  ): AsyncGenerator<DrawnPhoto, void, undefined>;
}

/** An engine that is ready to speak. Disposing frees its networks. */
export interface SpeakingEngine extends PhotoEngine, AsyncDisposable {
  readonly report: EngineReport;
  /** Repaints the mouths of footage; `null` if it draws photos alone. */
  readonly repainter: Repainter | null;
}

/**
 * Opens the engine that is asked for: finds its model, and loads its networks where they are to run.
 *
 * @returns `null` for the embedded engines.
 * @throws LoquentError `MODEL_MISSING`, `MODEL_LOAD_FAILED`, `ENGINE_MISSING`, `ENGINE_FAILED`, `OPTION_INVALID`.
 */
export async function openSpeakingEngine(
  options: EngineOptions & Pick<RenderOptions, 'seed' | 'cache'>,
  warn: (warning: Warning) => void,
  signal?: AbortSignal,
): Promise<SpeakingEngine | null> {
  const { engine: name } = options;
  const { head, mouth } = partsOf(name);
  const mover = head ? HEAD_MOVERS[head] : undefined;
  const portrait = mover ?? (head ? PORTRAIT_ENGINES[head] : undefined);
  const hearing = mouth ? HEARING_ENGINES[mouth] : undefined;
  if (!portrait && !hearing) return null;
  if (!portrait?.diffuses && !hearing?.diffuses && (options.steps ?? options.guidance) !== undefined) {
    const message = `The engine "${name}" knows no steps and no guidance.`;
    throw new LoquentError('OPTION_INVALID', message, { hint: 'Leave out --steps and --guidance.' });
  }
  if (options.online && !portrait?.online) {
    const message = `The engine "${name}" knows no online motion.`;
    throw new LoquentError('OPTION_INVALID', message, { hint: 'Leave out --online: it is for ditto.' });
  }
  const hosts: AsyncDisposable[] = [];
  const close = async (): Promise<void> => {
    for (const host of hosts.splice(0)) await host[Symbol.asyncDispose]();
  };
  const open = async (
    { models, processorTime }: PortraitEngine | HearingEngine | HeadMover,
    roles?: readonly string[],
  ): Promise<OpenedNetworks> => {
    const opened = await openNetworks(models, { ...options, remember: options.cache }, signal, roles);
    hosts.push(opened.host);
    const { commercial, title, terms } = opened.manifest;
    if (commercial !== 'yes') warn({ code: 'MODEL_NON_COMMERCIAL', message: `${title}: ${terms}` });
    if (processorTime > 1 && deviceOf(opened) === 'cpu') {
      const message = `${title} takes about ${Math.round(processorTime)} s of processor time per frame; a graphics card or a server (--device) is what it is made for.`;
      warn({ code: 'ENGINE_SLOW', message });
    }
    return opened;
  };
  try {
    const below = portrait && (await open(portrait, mover?.roles));
    const drawing = below ? portraitSpeaker(portrait, below, options) : meshPhoto;
    const above = hearing && (await open(hearing));
    const speaker = above
      ? await hearingSpeaker(hearing, above, drawing, options)
      : { ...drawing, repainter: null };
    return {
      ...speaker,
      repainter: head ? null : speaker.repainter,
      report: {
        ...reportOf(name, (above ?? below)!),
        ...(above && below && { head: reportOf(head!, below) }),
      },
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The parts of an engine's name: what draws the head, and what paints the mouth; `null` where nothing is said. */
function partsOf(name: string): { readonly head: string | null; readonly mouth: string | null } {
  const mouth = Object.keys(HEARING_ENGINES).find((one) => name === one || name.endsWith(`+${one}`)) ?? null;
  const head = mouth === null ? name : name.slice(0, -mouth.length - 1);
  return { head: head === '' ? null : head, mouth };
}

/** What an engine that paints mouths does in a job: into footage, or into the head that another one draws. */
async function hearingSpeaker(
  engine: HearingEngine,
  { networks, manifest }: OpenedNetworks,
  head: PhotoEngine,
  options: EngineOptions & { readonly seed: number },
): Promise<PhotoEngine & Pick<SpeakingEngine, 'repainter'>> {
  const renderer = await engine.load(networks, { ...options, model: manifest.name });
  const repainter = new HearingRepainter(renderer);
  return {
    fps: engine.fps ?? head.fps,
    repainter,
    drawsMesh: false,
    drivable: head.drivable,
    refuse(asked) {
      if (asked.background === 'transparent') {
        const message = `What the engine "${engine.info.name}" paints cannot be drawn on a transparent background.`;
        throw new LoquentError('OPTION_INVALID', message, {
          hint: 'Leave out --background transparent, or --engine.',
        });
      }
      head.refuse(engine.diffuses ? { ...asked, guidance: undefined } : asked);
    },
    follow: head.follow,
    hear(speech, fps, move, driver) {
      const extractor = EXTRACTORS[engine.window.features]!(networks);
      const heard = new HeardMovements(extractor, engine.window, fps);
      return heard.attach(head.hear(heard.listen(speech), fps, move, driver));
    },
    drawPhoto: (photo, movements, context) =>
      repaintPhoto(head, photo, repainter, movements as AsyncIterable<readonly HeardMotion[]>, context),
  };
}

/** What a report says of a model that is open. */
export function reportOf(name: string, opened: OpenedNetworks): EngineReport {
  const { manifest, precision } = opened;
  const { commercial, weights, name: model } = manifest;
  return { name, model, precision, device: deviceOf(opened), licence: weights.name, commercial };
}

/** What the networks of a model run on. */
function deviceOf({ networks }: OpenedNetworks): string {
  return Object.values(networks)[0]!.device;
}
