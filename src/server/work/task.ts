import type { EngineOptions, ErrorReport, FaceChoice, RenderOptions, Warning } from '../../core/index.ts';
import type { JobProgress } from '../../jobs/job.ts';
import type { EngineReport } from '../../pipeline/neural/speaking-engine.ts';
import type { VideoReview } from '../../pipeline/review-video.ts';
import type { TimedText } from '../../pipeline/speak-script.ts';

/** A text, and who says it. */
export interface Spoken {
  readonly text: string;
  /** Name of a voice as `openVoice` takes it; may hold a key. */
  readonly voice: string;
}

/** Makes a video. Everything named by a path is a file of the service. */
export interface VideoTask {
  readonly kind: 'video';
  /** Photo or prepared avatar. */
  readonly image: string;
  /** SHA-256 of it, hex. */
  readonly imageHash?: string | undefined;
  /** The recording, or what is to be said. */
  readonly audio: string | Spoken;
  readonly teeth?: string | undefined;
  /** A picture behind the person, instead of `options.background`. */
  readonly background?: string | undefined;
  /** Where the video goes; the folder is the task's own. */
  readonly output: string;
  /** Where it can be watched meanwhile; only for MP4. */
  readonly growing?: string | undefined;
  /** Where a trace of the work goes. */
  readonly trace?: string | undefined;
  /** Whether what is said is drawn into the pictures. */
  readonly showText?: boolean | undefined;
  /** Seconds in which it should be ready, as far as lower quality can bring that about. */
  readonly within?: number | undefined;
  readonly options: Partial<RenderOptions & EngineOptions>;
}

/** Prepares an avatar. */
export interface AvatarTask {
  readonly kind: 'avatar';
  /** A photo of the person, or a video. */
  readonly image?: string | undefined;
  readonly clip?: string | undefined;
  readonly teeth?: string | undefined;
  readonly output: string;
  /** Where a picture of it goes, JPEG. */
  readonly picture: string;
  readonly options: { readonly face?: FaceChoice | undefined };
}

/** Looks at a finished video. */
export interface ReviewTask {
  readonly kind: 'review';
  readonly video: string;
  /** Where the sheet of mouths goes, JPEG. */
  readonly output: string;
  /** Where the sheet of whole frames goes, JPEG. */
  readonly picture: string;
}

/** What a worker process is asked to do. */
export type Task = VideoTask | AvatarTask | ReviewTask;

/** What a finished task reports: facts about the result, never a path. */
export interface TaskReport {
  /** Seconds of work. */
  readonly elapsed: number;
  readonly warnings: readonly Warning[];
  /** Of a video only. */
  readonly video?: VideoFacts;
  /** Of a video that says a text. */
  readonly captions?: readonly TimedText[];
  /** Of a review. */
  readonly review?: VideoReview;
}

/** What is known about a finished video. */
export interface VideoFacts {
  /** Seconds. */
  readonly duration: number;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly frames: number;
  /** Seconds of video made per second of work. */
  readonly realtime: number;
  /** Seconds of work by stage; stages overlap. */
  readonly stages: Readonly<Record<string, number>>;
  /** Threads that drew. */
  readonly threads?: number;
  readonly encoder: string;
  readonly decoder: string;
  /** The networks that painted the mouth or drew the head, and those that restored it. */
  readonly engine?: EngineReport | null;
  readonly restorer?: EngineReport | null;
  /** Whether the avatar was ready beforehand. */
  readonly avatarCached: boolean;
}

/** What a worker process says. */
export type WorkerMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'progress'; readonly progress: JobProgress }
  | {
      readonly type: 'done';
      readonly report: TaskReport /** Resident memory, bytes. */;
      readonly memory: number;
    }
  | { readonly type: 'failed'; readonly error: ErrorReport };
