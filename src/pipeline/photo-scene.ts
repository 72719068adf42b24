import { frameShot } from '../compose/framing.ts';
import {
  type Avatar,
  LoquentError,
  type MotionFrame,
  type RenderOptions,
  type Warning,
} from '../core/index.ts';
import { loadIfAvatar } from './avatar-file.ts';
import { framesOf, meshPhoto } from './neural/mesh-photo.ts';
import type { MouthRestorer } from './neural/mouth-restorer.ts';
import { restorePhoto } from './neural/restored-frames.ts';
import type { SpeakingEngine } from './neural/speaking-engine.ts';
import { type Prepared, prepareAvatar, prepareCached } from './prepare-avatar.ts';
import { takeRenderCrew, usefulThreads } from './render-crew.ts';
import type { Scene } from './scene.ts';
import type { StageClock } from './trace.ts';

/** What {@link openPhotoScene} needs. */
export interface PhotoSceneContext {
  readonly clock: StageClock;
  readonly signal?: AbortSignal | undefined;
  /** Hears what the user should know. */
  readonly warn: (warning: Warning) => void;
  /** Length of the speech, seconds, as far as is known. */
  readonly duration: number | null;
  /** Draws in place of the embedded engine; stays the caller's. */
  readonly speaking: SpeakingEngine | null;
  /** Restores the mouth of what is drawn; stays the caller's. */
  readonly restorer: MouthRestorer | null;
}

/**
 * Prepares a photo, or takes the avatar that is given, to be drawn in a thread.
 *
 * @param source - Path, file URL or bytes of a photo or an avatar file, or an avatar.
 * @param teeth - Another photo, for the teeth.
 */
export async function openPhotoScene(
  source: string | URL | Uint8Array | Avatar,
  teeth: string | URL | Uint8Array | undefined,
  options: RenderOptions,
  { clock, signal, warn, duration, speaking, restorer }: PhotoSceneContext,
): Promise<Scene> {
  // The thread starts while the photo is prepared.
  const drawing = takeRenderCrew();
  try {
    const prepared = await clock.measureAsync('avatar', () => obtain(source, teeth, options, signal, warn));
    const { avatar, cached, keep } = prepared;
    for (const warning of avatar.warnings) warn(warning);
    const framing = frameShot(avatar, options.crop, options.size);
    const frames = duration === null ? null : Math.round(duration * options.fps);
    const threads = options.threads ?? usefulThreads(frames);
    const drawMesh = (movements: AsyncIterable<readonly MotionFrame[]>) =>
      drawing.draw(avatar, movements, options, framing, { clock, signal, threads });
    const photo = { avatar, framing, drawMesh };
    const draw = (movements: AsyncIterable<readonly MotionFrame[]>) => {
      if (!speaking && !restorer) return drawMesh(movements);
      const context = { clock, signal, locate: restorer !== null };
      const drawn = (speaking ?? meshPhoto).drawPhoto(photo, movements, context);
      return restorer ? restorePhoto(drawn, framing, restorer, signal) : framesOf(drawn);
    };
    return {
      width: framing.width,
      height: framing.height,
      fps: options.fps,
      threads,
      cached,
      keep,
      undertone: null,
      style: avatar.mouthStyle,
      limits: avatar.rig.limits,
      ...((restorer || speaking?.drawsMesh === false) && {
        source: { width: framing.width, height: framing.height },
      }),
      draw: ([movements]) => draw(movements!),
      report: () => null,
      [Symbol.asyncDispose]: () => drawing[Symbol.asyncDispose](),
    };
  } catch (error) {
    await drawing[Symbol.asyncDispose]();
    throw error;
  }
}

/** Takes the avatar that is given, reads an avatar file, or prepares a photo. */
async function obtain(
  source: string | URL | Uint8Array | Avatar,
  teeth: string | URL | Uint8Array | undefined,
  options: RenderOptions,
  signal: AbortSignal | undefined,
  warn: (warning: Warning) => void,
): Promise<Prepared> {
  const keep = async () => {};
  const given = typeof source === 'string' || source instanceof URL || source instanceof Uint8Array;
  const ready = given ? await loadIfAvatar(source) : source;
  if (ready) refuseTeeth(teeth);
  if (ready) return { avatar: ready, cached: true, keep };
  const photo = source as string | URL | Uint8Array;
  if (options.cache) return prepareCached(photo, teeth, options, signal, warn);
  return { avatar: await prepareAvatar(photo, { face: options.face, teeth, signal }), cached: false, keep };
}

/** A prepared avatar has its teeth. */
export function refuseTeeth(teeth: unknown): void {
  if (teeth === undefined) return;
  throw new LoquentError('OPTION_INVALID', 'A photo for the teeth cannot be given with a prepared avatar.', {
    hint: 'Give it when the avatar is prepared: `loquent avatar photo.jpg --teeth smile.jpg`.',
  });
}
