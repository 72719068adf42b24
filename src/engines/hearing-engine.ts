import type { TrackedFace, VideoFrame } from '../core/index.ts';
import type { Network } from '../core/network.ts';
import type { EngineInfo } from './engine.ts';

/** A face in a frame, as engines that hear need it. */
export type FacePlace = Pick<TrackedFace, 'landmarks' | 'visibility'>;

/** One frame that is to say something. */
export interface HearingShot {
  /** Changed in place where the lower face is, nowhere else. */
  readonly frame: VideoFrame;
  readonly face: FacePlace;
  /** What is heard around the frame's time: {@link HearingEngine.window} rows of features, one after the other. */
  readonly heard: Float32Array;
  /** Shots of one sequence show one person, each a frame later than the one before. */
  readonly sequence: number;
  /** Names the picture of the face, if it can come again: shots of one name are alike. */
  readonly source: string | null;
}

/** How a renderer is to work. */
export interface HearingSettings {
  /** Which of {@link HearingEngine.models} the networks are of. */
  readonly model: string;
  /** Decides all chance. */
  readonly seed: number;
  /** Steps from noise to a picture, and how far the speech's part in each is enlarged; those of the original by default. */
  readonly steps?: number | undefined;
  readonly guidance?: number | undefined;
}

/** Repaints mouths with a network. One caller at a time. */
export interface HearingRenderer {
  /** How many shots are best given at once. */
  readonly batch: number;
  /**
   * Gives every face the mouth of what is heard. The result of a shot depends on nothing but itself and, in engines that are
   * {@link HearingEngine.temporal}, the shots of its sequence that come with it. Calls may overlap: faces are cut out when it is
   * called, and put back before it resolves.
   *
   * @throws LoquentError `ENGINE_FAILED`, `CANCELLED`.
   */
  repaint(shots: readonly HearingShot[], signal?: AbortSignal): Promise<void>;
}

/** An engine that repaints mouths by what is heard, with networks that people bring themselves. */
export interface HearingEngine {
  readonly info: EngineInfo & { readonly kind: 'lip' };
  /** Models that it can work with, best first. */
  readonly models: readonly string[];
  /** Whether shots of one sequence that come together are painted as one movement. */
  readonly temporal: boolean;
  /** Whether it takes steps from noise to a picture. */
  readonly diffuses: boolean;
  /** Frames per second that the networks learnt, where they know no others: videos have it unless another one is asked for. */
  readonly fps: number | null;
  /** Name of the feature extractor that gives its rows while somebody speaks; `null` if it cannot speak live. */
  readonly live: string | null;
  /** Seconds that a processor takes for a frame, about: people are warned of more than one. */
  readonly processorTime: number;
  /** Which rows of features belong to a frame. */
  readonly window: {
    /** Name of the feature extractor. */
    readonly features: string;
    readonly rows: number;
    /** The first row for frame `index` of a video with `fps` frames per second; rows before the speech are negative. */
    first(index: number, fps: number): number;
    /** What is heard before and behind the speech: nothing, its nearest row, or (behind it) what its last frame hears. */
    readonly beyond: 'zeros' | 'nearest' | 'last-window';
  };
  /**
   * Makes a renderer.
   *
   * @param networks - By role, as in the manifests of {@link HearingEngine.models}; they stay the caller's.
   */
  load(networks: Readonly<Record<string, Network>>, settings: HearingSettings): Promise<HearingRenderer>;
}
