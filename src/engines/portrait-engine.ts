import type { Avatar, Controls, MotionFrame, Picture } from '../core/index.ts';
import type { Network } from '../core/network.ts';
import type { EngineInfo } from './engine.ts';
import type { HearingEngine } from './hearing-engine.ts';
import type { HeadCrop } from './portrait/head-crop.ts';
import type { HeadState } from './portrait/keypoints.ts';

/** A person as engines see them that draw heads. */
export interface Sitter {
  readonly avatar: Avatar;
  /** The whole photo; {@link Avatar.region} is a part of it. */
  readonly photo: Picture;
}

/** A movement for engines that make their own: what is heard, and what is asked for, at its time. */
export interface DirectedMotion extends MotionFrame {
  /** Rows of features. */
  readonly heard: Float32Array;
  readonly asked: Controls;
}

/** What somebody in a driving video does at the time of a movement. */
export interface Driver {
  readonly now: HeadState;
  /** The same head in a calm moment: what differs from it is what moves the photo. */
  readonly calm: HeadState;
  /** Whether the lips are the driver's too, and not those of the movement. */
  readonly speaks: boolean;
}

/** A movement that a driving video takes part in. */
export interface DrivenMotion extends MotionFrame {
  readonly driver: Driver;
}

/** What chance and speed depend on. */
export interface DrawingSettings {
  /** Same seed, same motion. */
  readonly seed: number;
  /** Steps of a diffusion; the engine's own number if missing. */
  readonly steps?: number | undefined;
  /**
   * Motion is to begin as soon as it can, for sound that is still coming in: what is heard in silence, one row of features for each of
   * the frames that {@link PortraitEngine.online} names.
   */
  readonly silence?: readonly Float32Array[] | undefined;
}

/** Draws the head of one person with networks. One caller at a time; its networks stay the caller's. */
export interface PortraitRenderer {
  /** The square of the photo that is drawn. */
  readonly crop: HeadCrop;
  /**
   * Draws the head for every movement that comes, once. While one is computed the next is asked for.
   *
   * @param movements - {@link DirectedMotion}s where the engine has a {@link PortraitEngine.window}; {@link DrivenMotion}s where a
   *   video drives it.
   * @returns Heads in order: the square in red, green and blue, one plane after the other, `3 * HEAD_SIDE ** 2` numbers 0..1 each.
   * @throws LoquentError `ENGINE_FAILED`, `CANCELLED`, or what `movements` throws.
   */
  draw(
    movements: AsyncIterable<readonly MotionFrame[]>,
    signal?: AbortSignal,
  ): AsyncGenerator<Float32Array, void, undefined>;
}

/** An engine that draws the head of a photo with networks, which people bring themselves. */
export interface PortraitEngine {
  readonly info: EngineInfo & { readonly kind: 'motion' };
  /** Models that it can work with, best first. */
  readonly models: readonly string[];
  /** The frames per second that it makes; `null` if any. */
  readonly fps: number | null;
  /** Whether it takes steps from noise to a motion. */
  readonly diffuses: boolean;
  /** How many frames of silence it wants to have heard before sound that is still coming in; `null` if it makes no difference. */
  readonly online: { readonly silence: number } | null;
  /** Seconds that a processor takes for a frame, about: people are warned of more than one. */
  readonly processorTime: number;
  /** Whether it can follow a {@link DrivenMotion}, with the network `motion`. */
  readonly drivable: boolean;
  /** Which rows of features belong to a frame; `null` if it moves by movements alone. */
  readonly window: HearingEngine['window'] | null;
  /**
   * Looks at a person and makes the renderer.
   *
   * @param networks - By role, as in the manifests of {@link PortraitEngine.models}; they stay the caller's.
   * @throws LoquentError `ENGINE_FAILED`, `CANCELLED`.
   */
  load(
    networks: Readonly<Record<string, Network>>,
    sitter: Sitter,
    settings: DrawingSettings,
    signal?: AbortSignal,
  ): Promise<PortraitRenderer>;
}

/** Networks that move the head of a photo by what is heard, for another engine to draw. */
export interface HeadMover extends Omit<PortraitEngine, 'load'> {
  /** The networks of the model that are needed. */
  readonly roles: readonly string[];
  /**
   * Looks at a person.
   *
   * @returns What gives movements other heads, one for each, in order.
   * @throws LoquentError `ENGINE_FAILED`, `CANCELLED`.
   */
  load(
    networks: Readonly<Record<string, Network>>,
    sitter: Sitter,
    settings: DrawingSettings,
    signal?: AbortSignal,
  ): Promise<
    (
      movements: AsyncIterable<readonly DirectedMotion[]>,
      signal?: AbortSignal,
    ) => AsyncGenerator<readonly MotionFrame[], void, undefined>
  >;
}
