/**
 * The error catalogue: every failure that a user can meet, with what to do about it. `docs/errors.md` lists the same
 * codes; a test compares the two.
 *
 * @module
 */

/** What the catalogue knows about one kind of failure. */
export interface ErrorEntry {
  /** HTTP status that a service answers with. */
  readonly status: number;
  /** Exit code of the command line: 2 usage, 3 input, 4 output, 5 environment, 1 everything else, 130 cancelled. */
  readonly exitCode: number;
  /** Whether the same call can succeed later without any change. */
  readonly retryable: boolean;
  /** What the user can do, as a full sentence. */
  readonly hint: string;
}

const input = (hint: string): ErrorEntry => ({ status: 422, exitCode: 3, retryable: false, hint });
const output = (hint: string): ErrorEntry => ({ status: 507, exitCode: 4, retryable: false, hint });
const request = (status: number, hint: string): ErrorEntry => ({
  status,
  exitCode: 1,
  retryable: status === 429 || status === 503,
  hint,
});
const environment = (hint: string): ErrorEntry => ({ status: 500, exitCode: 5, retryable: false, hint });
/** What is asked for by name, and is not installed: a service answers that it cannot do this, not that it is broken. */
const absent = (hint: string): ErrorEntry => ({ status: 422, exitCode: 5, retryable: false, hint });

/** Every error code, with its entry. */
export const ERRORS = {
  OPTION_INVALID: {
    status: 400,
    exitCode: 2,
    retryable: false,
    hint: 'See `loquent <command> --help` for the allowed values.',
  },
  CANCELLED: {
    status: 499,
    exitCode: 130,
    retryable: true,
    hint: 'Nothing was written. Start the command again when you are ready.',
  },
  INTERNAL: {
    status: 500,
    exitCode: 1,
    retryable: false,
    hint: 'This is a fault in Loquent. Please report it with the message and `loquent doctor --json`.',
  },

  INPUT_NOT_FOUND: input('Check the path; quote it if it holds spaces.'),
  INPUT_UNREADABLE: input('Check that the file can be read by this user and is not a folder.'),
  INPUT_EMPTY: input('The file has no content; copy or download it again.'),
  INPUT_TOO_LARGE: input('Shorten or shrink the file, or raise the limit in the options.'),

  IMAGE_UNSUPPORTED: input('Use a JPEG, PNG or WebP picture.'),
  IMAGE_CORRUPT: input('The picture is damaged or incomplete; export or download it again.'),
  IMAGE_TOO_LARGE: input('Scale the picture down; 2000 pixels on the long side are plenty.'),
  IMAGE_ANIMATED: input('Use a single still picture; export one frame of the animation.'),
  IMAGE_IS_VIDEO: input(
    'Give a photo; take a still of the video, for example with `ffmpeg -i clip.mp4 -frames:v 1 photo.png`.',
  ),

  FACE_NOT_FOUND: input('Use a picture that shows one face from the front, large and well lit.'),
  FACE_TOO_SMALL: input(
    'Crop the picture to the person or use a larger one; the face needs at least 80 pixels from forehead to chin.',
  ),
  FACE_TURNED: input(
    'Use a picture in which the person looks towards the camera, turned by at most 45 degrees.',
  ),
  TEETH_NOT_FOUND: input(
    'Use a photo in which the person smiles or laughs so that the upper teeth are seen.',
  ),
  FACE_INDEX: input(
    'Leave out --face to take the largest face, or give a number from the list in the message.',
  ),

  PERSON_INSEPARABLE: input(
    'Use a photo in which the person stands out from what is behind, or leave out --background.',
  ),

  AUDIO_UNSUPPORTED: input('Use wav, mp3, m4a, ogg, flac or webm.'),
  AUDIO_CORRUPT: input('The recording is damaged; export or download it again.'),
  AUDIO_EMPTY: input('The recording holds no sound samples; record or export it again.'),
  AUDIO_TOO_LONG: input('Cut the recording into parts, or raise --max-duration.'),
  AUDIO_NEEDS_FFMPEG: input(
    'Install FFmpeg (https://ffmpeg.org/download.html), or convert the file to wav, mp3, ogg or flac.',
  ),

  TIMELINE_INVALID: input('See docs/controls.md for what a timeline can hold.'),

  CAPTIONS_INVALID: input('Give captions in the format SubRip (.srt) or WebVTT (.vtt).'),

  PHONES_INVALID: input('See docs/mouth.md for the formats and the phone symbols that are read.'),

  VIDEO_UNSUPPORTED: input('Use a video file with a picture track, for example mp4, mov, webm or mkv.'),

  AVATAR_CORRUPT: input(
    'Prepare it again from its photo or clips, for example with `loquent avatar photo.jpg -o me.avatar`.',
  ),
  AVATAR_VERSION: input(
    'It was made by another version; prepare it again, for example with `loquent avatar photo.jpg -o me.avatar`.',
  ),

  RTC_OFFER_INVALID: {
    status: 400,
    exitCode: 3,
    retryable: false,
    hint: 'Offer one H.264 video, one Opus audio and at most one data channel in one bundle, as current browsers do.',
  },
  RTC_MISSING: environment('Install it beside Loquent: `npm install node-datachannel`.'),
  LIVEKIT_MISSING: environment('Install it beside Loquent: `npm install @livekit/rtc-node`.'),
  LIVEKIT_FAILED: {
    status: 502,
    exitCode: 5,
    retryable: true,
    hint: 'Check the address, and that the token is of this server, of this room, not expired, and allows to publish.',
  },

  AVATAR_KIND: input(
    'Give an avatar of a photo where a photo is expected, and one of footage where a video is expected.',
  ),

  OUTPUT_EXISTS: {
    status: 409,
    exitCode: 4,
    retryable: false,
    hint: 'Choose another name, or add --force to replace the file.',
  },
  OUTPUT_NOT_WRITABLE: output('Choose a folder that exists and that you may write to.'),
  OUTPUT_UNSUPPORTED: {
    status: 400,
    exitCode: 2,
    retryable: false,
    hint: 'Choose a name that ends in .mp4, .webm or .mov, or a folder of pictures like frames/%05d.png.',
  },
  DISK_FULL: output('Free some space, or write to another disk.'),

  ENCODER_FAILED: environment(
    'Run `loquent doctor`; try `--encoder embedded` if the installed FFmpeg is the cause.',
  ),
  ENCODER_MISSING: environment('Install FFmpeg with an H.264 encoder, or leave out --encoder.'),
  FFMPEG_MISSING: environment(
    'Install FFmpeg (https://ffmpeg.org/download.html) and make sure that it is on PATH.',
  ),
  DECODER_FAILED: environment('Run `loquent doctor`; update FFmpeg if it is old.'),
  VOICE_MISSING: environment(
    'Install espeak-ng, or give the address of a service with the speech endpoint of OpenAI as the voice.',
  ),
  SPEECH_FAILED: {
    status: 502,
    exitCode: 5,
    retryable: true,
    hint: 'Check that the voice is there and that its key is right, then say it again.',
  },
  LIVE_CLOSED: {
    status: 410,
    exitCode: 1,
    retryable: false,
    hint: 'Start another session; the event `closed` says why this one has ended.',
  },
  LIVE_QUEUE_FULL: {
    status: 429,
    exitCode: 1,
    retryable: true,
    hint: 'Wait until each piece of speech is taken before the next one is sent.',
  },
  MODEL_UNKNOWN: {
    status: 404,
    exitCode: 2,
    retryable: false,
    hint: 'See `loquent models list` for the models that are known.',
  },
  MODEL_MISSING: absent(
    'Get it with `loquent models pull`, or take it from a folder with `loquent models import`.',
  ),
  MODEL_LICENCE: {
    status: 403,
    exitCode: 5,
    retryable: false,
    hint: 'Read the licence; if you agree to it, give the command again with --accept.',
  },
  MODEL_DOWNLOAD_FAILED: {
    status: 502,
    exitCode: 5,
    retryable: true,
    hint: 'Give the command again: it goes on where it stopped. Another source can be named with --mirror.',
  },
  MODEL_LOAD_FAILED: environment('Run `loquent models verify`, and get the file again.'),
  ENGINE_MISSING: absent(
    'See `loquent engines list` for what is missing; `loquent engines install onnx` installs the runtime.',
  ),
  ENGINE_FAILED: environment(
    'Run `loquent models verify` and try again, on another --device if there is one.',
  ),
  DEVICE_FULL: request(503, 'Wait until other programs or sessions have ended, or take another --device.'),
  ASSET_MISSING: environment('Install again: `npm ci` in a checkout, `npm install loquent` elsewhere.'),
  ASSET_CORRUPT: environment(
    'A shipped file was changed; install again: `npm ci` in a checkout, `npm install loquent` elsewhere.',
  ),
  SIMD_MISSING: environment(
    'Use Node 22.13 or newer on a 64-bit machine; the renderer needs WebAssembly SIMD.',
  ),
  DATA_UNUSABLE: environment(
    'Check that the folder can be written by this user and lies on a local disk, or choose another with --data.',
  ),
  PORT_UNAVAILABLE: environment('Choose another port with --port, or end the program that has it.'),

  REQUEST_INVALID: request(400, 'Compare the request with /docs; `errors` names every field that is wrong.'),
  REQUEST_TOO_LARGE: request(413, 'Send less: the limits of every address are in /docs.'),
  MEDIA_TYPE_UNSUPPORTED: request(415, 'Send one of the media types that /docs names for this address.'),
  LIVE_FULL: request(503, 'Ask again after the time in Retry-After, or use another machine.'),
  LIVE_NOT_FOUND: request(404, 'Begin another session: it has ended, or was never there.'),
  LIVE_TOKEN_INVALID: request(
    401,
    'Ask for a new token: each connects one page once, within a minute, and only the page that it was made for.',
  ),
  AVATAR_NOT_FOUND: request(404, 'Use one of the names in the message.'),
  ROUTE_NOT_FOUND: request(404, 'Check the address; all of them are in /docs.'),
  METHOD_NOT_ALLOWED: request(405, 'Use one of the methods in the header Allow.'),
  KEY_MISSING: request(
    401,
    'Send a key as `Authorization: Bearer <key>`; whoever runs the service makes one with `loquent keys create`.',
  ),
  KEY_INVALID: request(401, 'Check the key, or ask for a new one.'),
  SCOPE_MISSING: request(403, 'Ask whoever runs the service for a key that is allowed to do this.'),
  ORIGIN_REFUSED: request(403, 'Whoever runs the service can allow the page with `--origins`.'),
  HOST_REFUSED: request(421, 'Use localhost or the address; further names are allowed with `--hosts`.'),
  RATE_LIMITED: request(429, 'Wait as long as the header Retry-After says.'),
  AGENT_UNKNOWN: request(
    422,
    'Use one of the names in the message, or send `avatar` with the id of an avatar.',
  ),
  RANGE_INVALID: request(416, 'Ask for a range within the length that Content-Range names.'),
  LINK_INVALID: request(403, 'Ask for the video or avatar again: the answer has a new link.'),
  AVATAR_NOT_READY: request(409, 'Wait until the avatar is done, or prepare it again if it failed.'),
  VIDEO_NOT_READY: request(409, 'Ask for the status until it is completed.'),
  VIDEO_FAILED: request(422, 'Change what the message names, and send the request again.'),
  URL_REFUSED: request(
    422,
    'Use an https address of the public internet; whoever runs the service can list other hosts with `--fetch-hosts`.',
  ),
  URL_FAILED: {
    status: 502,
    exitCode: 1,
    retryable: true,
    hint: 'Check that the address can be reached from the internet without signing in.',
  },
  JOB_TOO_LONG: request(422, 'Shorten the speech, make the video smaller, or have `--deadline` raised.'),
  QUEUE_FULL: request(503, 'Wait as long as the header Retry-After says; jobs in the queue go on.'),
  REPLAY_MISMATCH: request(422, 'Use a new Idempotency-Key for every new request.'),
  WORKER_LOST: {
    status: 500,
    exitCode: 1,
    retryable: true,
    hint: 'Send the job again; if the same inputs fail again, please report them.',
  },
  SERVER_ENDING: request(503, 'Send the request again in a moment.'),
} as const satisfies Record<string, ErrorEntry>;

/** A code of the catalogue. */
export type ErrorCode = keyof typeof ERRORS;

/** Wire form of an error, as `--json` prints it and the service sends it. */
export interface ErrorReport {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly retryable: boolean;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The one error class of Loquent: a stable code, what happened, and what to do next. */
export class LoquentError extends Error {
  override readonly name = 'LoquentError';
  readonly code: ErrorCode;
  /** What to do, from the catalogue or more exact. */
  readonly hint: string;
  /** Facts for programs: numbers and limits, never file contents. */
  readonly details: Readonly<Record<string, unknown>> | undefined;

  /**
   * @param code - Code of {@link ERRORS}.
   * @param message - What happened and where, as a full sentence.
   * @param options - `cause`: the error underneath; `hint`: better advice than the catalogue's; `details`: facts.
   */
  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; hint?: string; details?: Readonly<Record<string, unknown>> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? ERRORS[code].hint;
    this.details = options.details;
  }

  /** Whether the same call can succeed later. */
  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }

  /** HTTP status for a service. */
  get status(): number {
    return ERRORS[this.code].status;
  }

  /** Exit code for a command line. */
  get exitCode(): number {
    return ERRORS[this.code].exitCode;
  }

  /** The wire form. */
  toJSON(): ErrorReport {
    const { code, message, hint, retryable, details } = this;
    return details === undefined
      ? { code, message, hint, retryable }
      : { code, message, hint, retryable, details };
  }
}

/** Turns anything thrown into a {@link LoquentError}; an abort becomes `CANCELLED`, the unknown `INTERNAL`. */
export function asLoquentError(error: unknown): LoquentError {
  if (error instanceof LoquentError) return error;
  if (error instanceof Error && error.name === 'AbortError') {
    return new LoquentError('CANCELLED', 'Cancelled.', { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new LoquentError('INTERNAL', message || 'Unknown failure.', { cause: error });
}

/** Throws `CANCELLED` once `signal` is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new LoquentError('CANCELLED', 'Cancelled.', { cause: signal.reason });
}
