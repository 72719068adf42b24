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
  #frames = 0;
  #samples = 0;
  /** The first sample's way into the sound encoder, which is started by it. */
  #soundStarted: Promise<void> | undefined;

  private constructor(file: OutputFile, format: VideoFormat) {
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
    this.#sound = format.channels === 0 ? null : new AudioSampleSource({ codec: 'aac', bitrate: SOUND_RATE });
    if (this.#sound) this.#output.addAudioTrack(this.#sound);
  }

  /** Starts a file. */
  static async open(file: OutputFile, format: VideoFormat): Promise<EmbeddedMuxer> {
    aacReady ??= registerAac();
    await aacReady;
    const muxer = new EmbeddedMuxer(file, format);
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
  finish(): Promise<void> {
    return this.#output.finalize();
  }

  /** Gives up and frees the encoder. */
  async cancel(): Promise<void> {
    // An encoder that is cancelled while it starts would never end, and neither would whoever waits for it.
    await this.#soundStarted?.catch(() => {});
    if (this.#output.state !== 'finalized' && this.#output.state !== 'canceled') await this.#output.cancel();
  }
}
