import type {
  Avatar,
  ControlSettings,
  EncodedMotion,
  EncodedPicture,
  ErrorReport,
  LiveFrame,
  LiveMouthReason,
  LiveOptions,
  LiveOutputs,
  Seconds,
  Warning,
} from '../../core/index.ts';

/** What a session tells the thread that draws it. */
export type ToWorker =
  | {
      readonly kind: 'load';
      readonly avatar: Avatar;
      readonly options: LiveOptions;
      /** One 32-bit number: ticks of 10 ms that were played. Shared, so that a thread that is busy sees it too. */
      readonly played: SharedArrayBuffer;
    }
  | { readonly kind: 'sound'; readonly samples: Float32Array }
  | { readonly kind: 'controls'; readonly settings: ControlSettings }
  | { readonly kind: 'hush'; readonly from: Seconds; readonly until: Seconds }
  /** Answered by `done` with the same `call`, as is `want`. */
  | { readonly kind: 'background'; readonly call: number; readonly background: string }
  /** Draws every first, second... picture; 0 draws none. */
  | { readonly kind: 'pace'; readonly every: number }
  | { readonly kind: 'want'; readonly call: number; readonly outputs: LiveOutputs }
  | { readonly kind: 'key' }
  | { readonly kind: 'bitrate'; readonly bitsPerSecond: number }
  /** Ends what the thread has started; it answers `closed`. */
  | { readonly kind: 'close' };

/** What that thread tells. */
export type FromWorker =
  | {
      readonly kind: 'ready';
      readonly width: number;
      readonly height: number;
      /** Of the `LiveFace`, as is `lag`. */
      readonly lookAhead: Seconds;
      readonly lag: Seconds;
      /** Seconds from when a picture can be drawn to when it is shown, in which a network paints its mouth. */
      readonly spare: Seconds;
      /** What paints mouths, in as many threads of this machine's processor; `null` if nothing does. */
      readonly mouth: { readonly engine: string; readonly threads: number } | null;
      /** What the user should know of it. */
      readonly warnings: readonly Warning[];
      readonly encoder: string;
    }
  | {
      readonly kind: 'picture';
      readonly picture: EncodedPicture;
      /** Milliseconds of hearing and moving since the picture before, of drawing, and of encoding. */
      readonly spent: { readonly move: number; readonly draw: number; readonly encode: number };
    }
  /** `spent` as for a picture, if none is drawn of this movement; else `null`. */
  | {
      readonly kind: 'motion';
      readonly motion: EncodedMotion;
      readonly spent: number | null;
    }
  | {
      readonly kind: 'frame';
      readonly frame: LiveFrame;
      readonly spent: { readonly move: number; readonly draw: number };
    }
  | { readonly kind: 'repeated'; readonly cause: 'late' | 'failed' }
  /** A background begins to be seen, or what was wanted can be made from now on; or not. */
  | { readonly kind: 'done'; readonly call: number; readonly error: ErrorReport | null }
  /** A network has painted mouths, in so many milliseconds. */
  | { readonly kind: 'painted'; readonly count: number; readonly spent: number }
  /** A picture that was to be painted is shown. */
  | { readonly kind: 'mouth'; readonly outcome: 'painted' | 'late' | 'failed' }
  | { readonly kind: 'painting'; readonly painting: boolean; readonly reason: LiveMouthReason }
  /** The network goes on failing: mouths are not painted any more. */
  | { readonly kind: 'gave-up'; readonly error: ErrorReport }
  | {
      readonly kind: 'rebuilt';
      readonly what: 'renderer' | 'encoder' | 'network';
      readonly error: ErrorReport;
    }
  | { readonly kind: 'failed'; readonly error: ErrorReport }
  | { readonly kind: 'closed' };
