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
  type VideoFrame,
  type Warning,
} from '../../core/index.ts';
import type { Network } from '../../core/network.ts';
import type { View } from '../../engines/engine.ts';
import type { HearingEngine } from '../../engines/hearing-engine.ts';
import { latentSyncEngine } from '../../engines/latentsync/index.ts';
import { museTalkEngine } from '../../engines/musetalk/index.ts';
import { wav2lipEngine } from '../../engines/wav2lip/index.ts';
import type { Precision } from '../../models/manifest.ts';
import type { Repainter } from '../repainter.ts';
import type { StageClock } from '../trace.ts';
import { HeardMovements } from './heard-movements.ts';
import { HearingRepainter } from './hearing-repainter.ts';
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
const EXTRACTORS: Readonly<
  Record<string, (networks: Readonly<Record<string, Network>>) => FeatureExtractor>
> = {
  'wav2lip-mel-80': () => new Wav2LipMel(),
  'whisper-tiny-pieces': ({ whisper }) => new WhisperStates(whisper!, 'pieces'),
  'whisper-tiny-whole': ({ whisper }) => new WhisperStates(whisper!, 'whole'),
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
}

/** An engine that is ready to speak. Disposing frees its networks. */
export interface SpeakingEngine extends AsyncDisposable {
  readonly report: EngineReport;
  /** Frames per second that it learnt; `null` where it takes any. */
  readonly fps: number | null;
  /** Repaints the mouths of footage; `null` if it draws photos alone. */
  readonly repainter: Repainter | null;
  /** Whether its photos are drawn by the embedded engine: RGBA, transparent where that is asked for. */
  readonly drawsMesh: boolean;
  /** Refuses what it cannot do with a photo. @throws LoquentError `OPTION_INVALID`. */
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
   */
  hear(
    speech: AsyncIterable<AudioChunk>,
    fps: number,
    move: (speech: AsyncIterable<AudioChunk>) => AsyncIterable<readonly MotionFrame[]>,
  ): AsyncIterable<readonly MotionFrame[]>;
  /**
   * Lets a photo speak.
   *
   * @param movements - As {@link SpeakingEngine.hear} gives them.
   * @returns Frames in order, of the embedded engine where it {@link SpeakingEngine.drawsMesh}. Each is valid until the next one is
   *   asked for.
   */
  drawPhoto(
    photo: SpeakingPhoto,
    movements: AsyncIterable<readonly MotionFrame[]>,
    context: DrawingContext,
  ): AsyncGenerator<Frame | VideoFrame, void, undefined>;
}

/**
 * Opens the engine that is asked for: finds its model, and loads its networks where they are to run.
 *
 * @returns `null` for the embedded engines.
 * @throws LoquentError `MODEL_MISSING`, `MODEL_LOAD_FAILED`, `ENGINE_MISSING`, `ENGINE_FAILED`, `OPTION_INVALID`.
 */
export async function openSpeakingEngine(
  options: EngineOptions & { readonly seed: number },
  warn: (warning: Warning) => void,
  signal?: AbortSignal,
): Promise<SpeakingEngine | null> {
  const hearing = HEARING_ENGINES[options.engine];
  const mover = HEAD_MOVERS[options.engine];
  const portrait = PORTRAIT_ENGINES[options.engine] ?? mover;
  const engine = hearing ?? portrait;
  if (!engine) return null;
  if (!engine.diffuses && (options.steps ?? options.guidance) !== undefined) {
    const message = `The engine "${engine.info.name}" knows no steps and no guidance.`;
    throw new LoquentError('OPTION_INVALID', message, { hint: 'Leave out --steps and --guidance.' });
  }
  const opened = await openNetworks(engine.models, options, signal, mover?.roles);
  const { commercial, title, terms } = opened.manifest;
  if (commercial !== 'yes') warn({ code: 'MODEL_NON_COMMERCIAL', message: `${title}: ${terms}` });
  const report = reportOf(engine.info.name, opened);
  if (report.device === 'cpu' && engine.processorTime > 1) {
    const message = `${title} takes about ${Math.round(engine.processorTime)} s of processor time per frame; a graphics card or a server (--device) is what it is made for.`;
    warn({ code: 'ENGINE_SLOW', message });
  }
  return {
    report,
    fps: engine.fps,
    ...(hearing
      ? await hearingSpeaker(hearing, opened, options)
      : portraitSpeaker(portrait!, opened, options)),
    [Symbol.asyncDispose]: () => Promise.resolve(opened.host[Symbol.asyncDispose]()),
  };
}

/** What an engine that repaints mouths does in a job. */
async function hearingSpeaker(
  engine: HearingEngine,
  { networks, manifest }: OpenedNetworks,
  options: EngineOptions & { readonly seed: number },
): Promise<Omit<SpeakingEngine, 'report' | 'fps' | typeof Symbol.asyncDispose>> {
  const renderer = await engine.load(networks, { ...options, model: manifest.name });
  const repainter = new HearingRepainter(renderer);
  return {
    repainter,
    drawsMesh: false,
    refuse({ background }) {
      if (background !== 'transparent') return;
      const message = `What the engine "${engine.info.name}" paints cannot be drawn on a transparent background.`;
      throw new LoquentError('OPTION_INVALID', message, {
        hint: 'Leave out --background transparent, or --engine.',
      });
    },
    follow: (controls) => controls,
    hear(speech, fps, move) {
      const extractor = EXTRACTORS[engine.window.features]!(networks);
      const heard = new HeardMovements(extractor, engine.window, fps);
      return heard.attach(move(heard.listen(speech)));
    },
    drawPhoto: ({ avatar, framing, drawMesh }, movements, context) =>
      repaintPhoto(avatar, framing, repainter, movements, drawMesh, context),
  };
}

/** What a report says of a model that is open. */
export function reportOf(name: string, { networks, manifest, precision }: OpenedNetworks): EngineReport {
  const { commercial, weights, name: model } = manifest;
  const { device } = Object.values(networks)[0]!;
  return { name, model, precision, device, licence: weights.name, commercial };
}
