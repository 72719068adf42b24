import {
  type Avatar,
  type ControlEntry,
  type FaceChoice,
  type FootagePosition,
  LoquentError,
  type RenderOptions,
  type Seconds,
  type Warning,
} from '../core/index.ts';
import { footageInput } from './footage-input.ts';
import { withoutEffect } from './footage-options.ts';
import type { MouthRestorer } from './neural/mouth-restorer.ts';
import type { SpeakingEngine } from './neural/speaking-engine.ts';
import { openPhotoScene } from './photo-scene.ts';
import { dropRenderCrew } from './render-crew.ts';
import type { Scene } from './scene.ts';
import type { StageClock } from './trace.ts';

/** What {@link openScene} needs besides the source and the options. */
export interface SceneContext {
  readonly clock: StageClock;
  readonly signal?: AbortSignal | undefined;
  /** Hears what the user should know. */
  readonly warn: (warning: Warning) => void;
  /** Another photo, for the teeth. */
  readonly teeth: string | URL | Uint8Array | undefined;
  /** Length of the speech, as far as is known. */
  readonly duration: Seconds | null;
  /** The faces that speak besides the one of the options. */
  readonly others: readonly FaceChoice[];
  /** Where an earlier job left the footage. */
  readonly resume?: FootagePosition | undefined;
  /** What is to change on the way, as far as it is known before. */
  readonly timeline: readonly ControlEntry[];
  /** Whether the person is to listen to somebody else. */
  readonly listens: boolean;
  /** What was not asked for and is therefore as filmed. */
  readonly asFilmed: { readonly rate: boolean; readonly crop: boolean };
  /** Hears how far preparation has come, 0..1, where it takes long. */
  readonly onPrepared: (share: number) => void;
  /** Paints the mouths in place of the embedded engines. */
  readonly speaking: SpeakingEngine | null;
  /** Restores the mouths; stays the caller's. */
  readonly restorer: MouthRestorer | null;
}

/**
 * Prepares what is to speak: a photo, footage, or what was prepared of either.
 *
 * @throws LoquentError `OPTION_INVALID` for what footage cannot do, and everything that preparation throws.
 */
export async function openScene(
  source: string | URL | Uint8Array | Avatar,
  options: RenderOptions,
  context: SceneContext,
): Promise<Scene> {
  const given = typeof source === 'string' || source instanceof URL || source instanceof Uint8Array;
  const input = given ? await footageInput(source, options, context) : null;
  if (!input) {
    refuseForPhoto(options, context);
    return openPhotoScene(source, context.teeth, options, context);
  }
  try {
    refuseForFootage(options, context);
    const idle = withoutEffect(options, context.timeline, context.listens);
    if (idle) context.warn(idle);
    await dropRenderCrew();
    // Loaded only when needed: photos have no use for it.
    const { openFootageScene } = await import('./footage-scene.ts');
    const { asFilmed, others } = context;
    return await openFootageScene(
      input,
      { ...options, crop: asFilmed.crop ? 'full' : options.crop },
      { ...context, faces: [options.face ?? 1, ...others], ownRate: asFilmed.rate },
    );
  } catch (error) {
    await input[Symbol.asyncDispose]();
    throw error;
  }
}

function refuseForPhoto({ keepAudioBed }: RenderOptions, { others, resume }: SceneContext): void {
  if (others.length === 0 && !resume && keepAudioBed === undefined) return;
  const what = resume
    ? 'A position to resume from'
    : others.length > 0
      ? 'More than one voice'
      : 'An audio bed';
  throw new LoquentError('OPTION_INVALID', `${what} can only be given with footage, not with a photo.`, {
    hint: 'Give a video of the people (MP4, MOV, WebM, MKV) instead of the photo.',
  });
}

function refuseForFootage({ background }: RenderOptions, { teeth, speaking }: SceneContext): void {
  if (speaking && !speaking.repainter) {
    const { name } = speaking.report;
    throw new LoquentError('OPTION_INVALID', `The engine "${name}" draws photos, not footage.`, {
      hint: 'Give a photo of the person, or name an engine that paints mouths alone: `--engine wav2lip`.',
    });
  }
  if (background !== 'keep') {
    throw new LoquentError('OPTION_INVALID', 'The background of footage cannot be changed.', {
      hint: 'Leave out --background, or change it in the video before.',
    });
  }
  if (teeth === undefined) return;
  throw new LoquentError('OPTION_INVALID', 'A photo for the teeth cannot be given with footage.', {
    hint: 'Leave out --teeth: they are taken from the footage.',
  });
}
