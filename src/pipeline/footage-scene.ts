import {
  type FaceChoice,
  type FootageClip,
  type FootagePosition,
  LEAST_VISIBILITY,
  type MotionFrame,
  type RenderOptions,
  type Seconds,
  seconds,
  type Warning,
} from '../core/index.ts';
import { Cutter, chooseClip, type Direction, Material } from '../editing/index.ts';
import { openAudioBed } from './audio-bed.ts';
import { cutToMovements } from './cut-to-movements.ts';
import { facesOf } from './footage-faces.ts';
import { type FootageInput, remarksOn } from './footage-input.ts';
import type { FootageReport } from './footage-report.ts';
import { FootageTakes } from './footage-takes.ts';
import { frameFootage } from './frame-footage.ts';
import type { MouthRestorer } from './neural/mouth-restorer.ts';
import { RestoringRepainter } from './neural/restored-frames.ts';
import type { SpeakingEngine } from './neural/speaking-engine.ts';
import type { Footage } from './open-footage.ts';
import { type Take, takeRepaintThread } from './repaint-thread.ts';
import type { Scene } from './scene.ts';
import type { StageClock } from './trace.ts';

/** By how much the mouth in footage runs ahead of its sound: not at all, as that of anybody who is filmed. */
export const FOOTAGE_LEAD = seconds(0);

/** What {@link openFootageScene} needs besides footage and options. */
export interface FootageSceneContext {
  readonly clock: StageClock;
  readonly signal?: AbortSignal | undefined;
  /** Hears what the user should know. */
  readonly warn: (warning: Warning) => void;
  /** Length of the speech, as far as is known. */
  readonly duration: Seconds | null;
  /** Who speaks. The first one is cut for. */
  readonly faces: readonly FaceChoice[];
  /** Where an earlier job left the footage. */
  readonly resume?: FootagePosition | undefined;
  /** Whether the frame rate was asked for; otherwise it is that of the footage. */
  readonly ownRate: boolean;
  /** Paints the mouths in place of the embedded engine; stays the caller's. */
  readonly speaking?: SpeakingEngine | null | undefined;
  /** Restores the mouths; stays the caller's. */
  readonly restorer?: MouthRestorer | null | undefined;
}

/**
 * Chooses clip and cut for a speech, to be drawn in a thread.
 *
 * @param input - Stays open while the scene lives; disposed of with it.
 * @throws LoquentError `FACE_INDEX`, `OPTION_INVALID`.
 */
export async function openFootageScene(
  input: FootageInput,
  options: RenderOptions,
  context: FootageSceneContext,
): Promise<Scene> {
  const held: AsyncDisposable[] = [];
  try {
    return await sceneOf(input, options, context, held);
  } catch (error) {
    await release(held);
    throw error;
  }
}

/** Disposes of what was held, last first. */
async function release(held: AsyncDisposable[]): Promise<void> {
  for (const part of held.splice(0).reverse()) await part[Symbol.asyncDispose]();
}

async function sceneOf(
  input: FootageInput,
  options: RenderOptions,
  context: FootageSceneContext,
  held: AsyncDisposable[],
): Promise<Scene> {
  // Its modules load while the footage is looked at.
  const painter = context.speaking?.repainter ?? takeRepaintThread();
  const thread = context.restorer ? new RestoringRepainter(painter, context.restorer) : painter;
  held.push(thread);
  const { clock, signal, warn, duration } = context;
  const { footage } = input;
  for (const warning of remarksOn(footage)) warn(warning);
  const speakers = await Promise.all(footage.clips.map((clip) => facesOf(clip, context.faces)));
  const materials = footage.clips.map((clip, index) => {
    const { fps, frameCount } = clip;
    return new Material({ fps, frameCount, summary: speakers[index]![0]!.summary });
  });
  const resumed = resumeAt(footage, context.resume, warn);
  const { clip: number, start, direction } = resumed ?? chooseBest(materials, duration);
  const clip = footage.clips[number]!;
  const people = speakers[number]!;
  const filmed = new FootageTakes(clip, people, thread, signal);
  held.push(filmed);
  await filmed.begin(start);
  const size = { width: clip.width, height: clip.height };
  const shot = await frameFootage(clip, people[0]!, options);
  const rigs = await Promise.all(people.map((person) => person.lipRig()));
  thread.load(rigs, size, shot.crop);
  const fps = context.ownRate ? clip.fps : options.fps;
  const cutter = new Cutter(materials[number]!, {
    fps,
    seed: options.seed,
    start,
    direction,
    expected: duration === null ? null : Math.max(1, Math.round(duration * fps)),
  });
  const { keepAudioBed } = options;
  const undertone =
    keepAudioBed === undefined
      ? null
      : await openAudioBed(clip, seconds(start / clip.fps), keepAudioBed, { signal, warn });
  if (undertone) held.push(undertone);
  let hidden = 0;

  async function* takes(
    movements: readonly AsyncIterable<readonly MotionFrame[]>[],
  ): AsyncGenerator<Take, void, undefined> {
    for await (const take of filmed.all(cutToMovements(movements, cutter, fps))) {
      if (!((take.frame.faces[0]?.visibility ?? 0) > LEAST_VISIBILITY)) hidden += 1;
      yield take;
    }
  }

  return {
    width: shot.width,
    height: shot.height,
    fps,
    source: shot.crop ?? size,
    threads: 1,
    cached: input.cached,
    lead: FOOTAGE_LEAD,
    keep: async () => {},
    undertone,
    draw: (movements) => thread.draw(takes(movements), { clock, signal }),
    report() {
      if (hidden > 0) warn(faceMissing(hidden, cutter.count));
      return reportOf(footage, number, start, cutter, clip, fps, hidden);
    },
    async [Symbol.asyncDispose]() {
      await release(held);
      await input[Symbol.asyncDispose]();
    },
  };
}

function chooseBest(
  materials: readonly Material[],
  duration: number | null,
): { clip: number; start: number; direction: Direction } {
  const { clip, beginning } = chooseClip(materials, duration);
  return { clip, start: beginning.start, direction: 1 };
}

/** Where to go on; `null` if there is nothing to go on with. */
function resumeAt(
  footage: Footage,
  position: FootagePosition | undefined,
  warn: (warning: Warning) => void,
): { clip: number; start: number; direction: Direction } | null {
  if (!position) return null;
  const clip = footage.clips[position.clip];
  if (position.footage === footage.id && clip && position.frame < clip.frameCount) {
    return { clip: position.clip, start: position.frame, direction: position.direction };
  }
  const message =
    'The position to resume from belongs to other footage; the video begins where it fits best.';
  warn({ code: 'POSITION_OF_OTHER_FOOTAGE', message });
  return null;
}

function faceMissing(hidden: number, frames: number): Warning {
  const message = `The speaker's face is not seen in ${hidden} of ${frames} frames; they are as filmed.`;
  return { code: 'FACE_OUT_OF_SIGHT', message };
}

function reportOf(
  footage: Footage,
  clip: number,
  start: number,
  cutter: Cutter,
  { fps: clipRate }: FootageClip,
  fps: number,
  framesWithoutFace: number,
): FootageReport {
  return {
    clip,
    start: seconds(start / clipRate),
    transitions: cutter.made.map(({ kind, at, length, from, to }) => ({
      kind,
      at: seconds(at / fps),
      length: seconds(length / fps),
      from: seconds(from / clipRate),
      to: seconds(to / clipRate),
    })),
    framesWithoutFace,
    position: { footage: footage.id, clip, ...cutter.position },
  };
}
