import {
  EncodedAudioPacketSource,
  type EncodedPacket,
  EncodedVideoPacketSource,
  Mp4OutputFormat,
  Output,
  StreamTarget,
  type StreamTargetChunk,
} from 'mediabunny';
import { type OutputFile, platform } from '../platform/index.ts';

/**
 * A fragmented MP4 of streams that are encoded already: it can be played while it is written. Fragments begin with key
 * frames.
 */
export class GrowingFile implements AsyncDisposable {
  readonly #file: OutputFile;
  readonly #output: Output;
  readonly #picture = new EncodedVideoPacketSource('avc');
  readonly #sound: EncodedAudioPacketSource | null;

  private constructor(file: OutputFile, hasSound: boolean) {
    this.#file = file;
    const writable = new WritableStream<StreamTargetChunk>({
      write: ({ data, position }) => file.write(data, position),
    });
    this.#output = new Output({
      format: new Mp4OutputFormat({ fastStart: 'fragmented' }),
      target: new StreamTarget(writable),
    });
    this.#output.addVideoTrack(this.#picture);
    this.#sound = hasSound ? new EncodedAudioPacketSource('aac') : null;
    if (this.#sound) this.#output.addAudioTrack(this.#sound);
  }

  /** Starts the file at `path`. */
  static async open(path: string, hasSound: boolean): Promise<GrowingFile> {
    const growing = new GrowingFile(await platform().createOutput(path), hasSound);
    await growing.#output.start();
    return growing;
  }

  /** Appends an encoded frame. */
  addPicture(packet: EncodedPacket, decoderConfig: VideoDecoderConfig): Promise<void> {
    return this.#picture.add(packet, { decoderConfig });
  }

  /** Appends encoded sound; what describes it comes with the first packet. */
  async addSound(packet: EncodedPacket, meta: EncodedAudioChunkMetadata | undefined): Promise<void> {
    await this.#sound?.add(packet, meta);
  }

  /** Writes what is left. */
  finish(): Promise<void> {
    return this.#output.finalize();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { state } = this.#output;
    if (state !== 'finalized' && state !== 'canceled') await this.#output.cancel();
    await this.#file.close();
  }
}
