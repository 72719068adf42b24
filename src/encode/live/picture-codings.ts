/**
 * How FFmpeg encodes live pictures in each codec: with which encoders, and in which container they come back.
 *
 * @module
 */
import type { PictureCodec } from '../../core/index.ts';
import type { FrameRate } from '../frame-rate.ts';
import { FlvPictureReader } from './flv-pictures.ts';
import { IvfPictureReader } from './ivf-pictures.ts';

/** One encoded picture out of a stream. */
export interface CodedPicture {
  /** As {@link EncodedPicture.data}. */
  readonly data: Uint8Array;
  readonly key: boolean;
}

/** Takes a stream in pieces, and returns the pictures that each completes. */
export interface PictureReader {
  push(bytes: Uint8Array): CodedPicture[];
}

/** Options of an encoder, for a bit rate. */
type EncoderArguments = (bitrate: number, rate: FrameRate) => readonly string[];

/** One codec. */
export interface PictureCoding {
  /** The encoders that can be told to make a key picture at once, best first. */
  readonly encoders: Readonly<Record<string, EncoderArguments>>;
  /** What the pictures are in BT.709's colours, as FFmpeg's options. */
  readonly colours: readonly string[];
  /** A container that says how long a picture is before it comes, so that each is known to be whole with its last byte. */
  readonly container: readonly string[];
  reader(): PictureReader;
}

/** Seconds over which the bit rate is kept. */
const RATE_WINDOW = 0.25;

const most = (bitrate: number): string[] => [
  ...['-maxrate', String(bitrate), '-bufsize', String(Math.round(bitrate * RATE_WINDOW))],
];

/** What I420 frames are. */
export const BT709 = [
  ...['-color_range', 'tv', '-colorspace', 'bt709'],
  ...['-color_primaries', 'bt709', '-color_trc', 'bt709'],
] as const;

/** {@link PictureCoding} of each codec. */
export const PICTURE_CODINGS: Readonly<Record<PictureCodec, PictureCoding>> = {
  // `superfast` takes half a millisecond more than `ultrafast` at 512 x 512 and less than half its bits.
  h264: {
    encoders: {
      libx264: (bitrate, { numerator, denominator }) => [
        ...['-preset', 'superfast', '-tune', 'zerolatency', '-profile:v', 'baseline', '-threads', '1'],
        ...['-x264-params', `keyint=infinite:scenecut=0:fps=${numerator}/${denominator}`],
        ...['-crf', '22', ...most(bitrate)],
      ],
      h264_videotoolbox: (bitrate) => [
        ...['-realtime', '1', '-allow_sw', '1', '-profile:v', 'constrained_baseline', '-g', '100000'],
        ...['-b:v', String(bitrate)],
      ],
      h264_nvenc: (bitrate) => [
        ...['-preset', 'p1', '-tune', 'ull', '-zerolatency', '1', '-delay', '0', '-bf', '0', '-g', '100000'],
        ...['-profile:v', 'baseline', '-forced-idr', '1', '-b:v', String(bitrate), ...most(bitrate)],
      ],
      libopenh264: (bitrate) => [
        ...['-profile:v', 'constrained_baseline', '-slices', '1', '-allow_skip_frames', '0', '-g', '100000'],
        ...['-b:v', String(bitrate)],
      ],
    },
    colours: BT709,
    container: ['-f', 'flv', '-flvflags', 'no_duration_filesize'],
    reader: () => new FlvPictureReader(),
  },
  vp8: {
    // A quantiser below 12 shows nobody anything new for three times the bits.
    encoders: {
      libvpx: (bitrate) => [
        ...['-deadline', 'realtime', '-cpu-used', '8', '-lag-in-frames', '0', '-auto-alt-ref', '0'],
        ...['-error-resilient', 'default', '-threads', '1', '-g', '100000'],
        ...['-qmin', '12', '-qmax', '56', '-max-intra-rate', '1000'],
        ...['-b:v', String(bitrate), ...most(bitrate)],
      ],
    },
    // VP8 cannot say what its colours are: everybody takes them for those of BT.601.
    colours: ['-vf', 'colormatrix=bt709:bt601'],
    container: ['-f', 'ivf'],
    reader: () => new IvfPictureReader(),
  },
};
