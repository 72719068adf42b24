import { registerAacEncoder } from '@mediabunny/aac-encoder';
import {
  AudioSample,
  AudioSampleSource,
  BufferSource,
  canEncodeAudio,
  EncodedPacket,
  EncodedPacketSink,
  EncodedVideoPacketSource,
  Input,
  MP4,
  Mp4OutputFormat,
  Output,
  StreamTarget,
  type StreamTargetChunk,
} from 'mediabunny';
import { LoquentError } from '../core/index.ts';
import type { OutputFile } from '../platform/index.ts';
import { type FrameRate, toFrameRate } from './frame-rate.ts';
import { GrowingFile } from './growing-file.ts';
import type { VideoFormat } from './video-writer.ts';

/** Bits per second of the AAC track. */
const SOUND_RATE = 160_000;
/**
 * Samples that the AAC encoder puts in front. Sound is stamped that much early; the muxer then writes an edit list that
 * skips what lies before time 0.
 */
const PRIMING = 1024;
/** The file is written in blocks of this many bytes. */
const WRITE_BLOCK = 1 << 20;

let aacReady: Promise<void> | undefined;

async function registerAac(): Promise<void> {
  if (!(await canEncodeAudio('aac'))) registerAacEncoder();
}

/** Joins H.264 chunks and sound into one MP4 file, with its metadata at the end. */
export class EmbeddedMuxer {
  readonly #output: Output;
  readonly #picture = new EncodedVideoPacketSource('avc');
  readonly #sound: AudioSampleSource | null;
  readonly #rate: FrameRate;
  readonly #channels: number;
  readonly #sampleRate: number;
  readonly #growing: GrowingFile | null;
  /** Encoded sound on its way into the growing file. */
  #following: Promise<void> = Promise.resolve();
  #frames = 0;
  #samples = 0;
  /** The first sample's way into the sound encoder, which is started by it. */
  #soundStarted: Promise<void> | undefined;

  private constructor(file: OutputFile, growing: GrowingFile | null, format: VideoFormat) {
    this.#growing = growing;
    const writable = new WritableStream<StreamTargetChunk>({
      write: ({ data, position }) => file.write(data, position),
    });
    this.#output = new Output({
      format: new Mp4OutputFormat({ fastStart: false }),
      target: new StreamTarget(writable, { chunked: true, chunkSize: WRITE_BLOCK }),
    });
    this.#rate = toFrameRate(format.fps);
    this.#channels = format.channels;
    this.#sampleRate = format.sampleRate;
    const { numerator, denominator } = this.#rate;
    this.#output.addVideoTrack(this.#picture, { frameRate: numerator / denominator });
    this.#sound =
      format.channels === 0
        ? null
        : new AudioSampleSource({
            codec: 'aac',
            bitrate: SOUND_RATE,
            onEncodedPacket: (packet, meta) => {
              this.#following = this.#following.then(() => growing?.addSound(packet, meta));
              // Reported when the file is finished.
              this.#following.catch(() => {});
            },
          });
    if (this.#sound) this.#output.addAudioTrack(this.#sound);
  }

  /** Starts a file. */
  static async open(file: OutputFile, format: VideoFormat): Promise<EmbeddedMuxer> {
    aacReady ??= registerAac();
    await aacReady;
    const { growing, channels } = format;
    const along = growing === undefined ? null : await GrowingFile.open(growing, channels > 0);
    const muxer = new EmbeddedMuxer(file, along, format);
    await muxer.#output.start();
    return muxer;
  }

  /** Appends the frames of one chunk. */
  async addChunk(mp4: Uint8Array): Promise<void> {
    using input = new Input({ source: new BufferSource(mp4), formats: [MP4] });
    const track = await input.getPrimaryVideoTrack();
    const config = await track?.getDecoderConfig();
    if (!track || !config)
      throw new LoquentError('ENCODER_FAILED', 'The embedded encoder gave an empty chunk.');
    const { numerator, denominator } = this.#rate;
    const decoderConfig: VideoDecoderConfig = {
      ...config,
      colorSpace: { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false },
    };
    for await (const packet of new EncodedPacketSink(track).packets()) {
      const time = (this.#frames * denominator) / numerator;
      const moved = new EncodedPacket(packet.data, packet.type, time, denominator / numerator);
      await this.#picture.add(moved, { decoderConfig });
      await this.#growing?.addPicture(moved, decoderConfig);
      this.#frames += 1;
    }
  }

  /** Appends sound; the samples are consumed when the promise resolves. */
  async addSound(master: Float32Array): Promise<void> {
    if (!this.#sound || master.length === 0) return;
    using sample = new AudioSample({
      data: master,
      format: 'f32',
      numberOfChannels: this.#channels,
      sampleRate: this.#sampleRate,
      timestamp: (this.#samples - PRIMING) / this.#sampleRate,
    });
    this.#samples += master.length / this.#channels;
    const added = this.#sound.add(sample);
    this.#soundStarted ??= added;
    await added;
  }

  /** Writes what is left and the metadata. */
  async finish(): Promise<void> {
    await this.#output.finalize();
    await this.#following;
    await this.#growing?.finish();
  }

  /** Gives up and frees the encoder. */
  async cancel(): Promise<void> {
    // An encoder that is cancelled while it starts would never end, and neither would whoever waits for it.
    await this.#soundStarted?.catch(() => {});
    if (this.#output.state !== 'finalized' && this.#output.state !== 'canceled') await this.#output.cancel();
    await this.#growing?.[Symbol.asyncDispose]();
  }
}
