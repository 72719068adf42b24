/**
 * Decodes with the FFmpeg program. FFmpeg gets one local file, is told which format to read it as (so that a playlist
 * disguised as a recording is never followed), may open no other protocol, and answers with float WAV on its standard
 * output. Channels are mixed here and not by FFmpeg, whose float mixdown raises the level by 3 dB.
 *
 * @module
 */
import { LoquentError, type Seconds, seconds, throwIfAborted, type Warning } from '../../core/index.ts';
import { type ChildProcess, platform } from '../../platform/index.ts';
import type { ByteInput } from '../input.ts';
import type { Signature } from '../signature.ts';
import { ByteReader } from './byte-reader.ts';
import { corrupt, type DecoderInput, type SoundDecoder, truncated } from './decoder.ts';
import { readWavBlocks, readWavHeader, type WavHeader } from './wav.ts';

/** FFmpeg's name for each format that it may read. */
const DEMUXERS: Readonly<Partial<Record<Signature, string>>> = {
  wav: 'wav',
  mp3: 'mp3',
  aac: 'aac',
  mp4: 'mov',
  ogg: 'ogg',
  flac: 'flac',
  webm: 'matroska',
  aiff: 'aiff',
};

/** Rate that FFmpeg converts to, Hz. */
const RATE = 48_000;
/** Largest single allocation that FFmpeg may make, bytes: stops files that claim absurd sizes. */
const MAX_ALLOCATION = 512 << 20;

/** What FFmpeg may use to decode sound; it writes no files. */
const LIMITS = { processorTime: 1800, memory: 2 ** 31, file: 0 } as const;

/** Whether FFmpeg is given files of this format. */
export function ffmpegReads(signature: Signature): boolean {
  return DEMUXERS[signature] !== undefined;
}

/**
 * Starts decoding the first sound track.
 *
 * @param command - Path of the FFmpeg program.
 * @param source - The file, and which part of it if not all.
 * @param limit - Longest recording, seconds; FFmpeg stops a little later by itself.
 * @throws LoquentError `AUDIO_EMPTY` (no sound track), `AUDIO_CORRUPT`, `DECODER_FAILED`, `CANCELLED`.
 */
export async function openFfmpegDecoder(
  command: string,
  { path, part }: Pick<ByteInput, 'part'> & { readonly path: string },
  signature: Signature,
  input: DecoderInput,
  limit: number,
): Promise<SoundDecoder> {
  const process = platform().spawn({
    command,
    args: [
      ...['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'info', '-max_alloc', String(MAX_ALLOCATION)],
      ...['-protocol_whitelist', part ? 'subfile,file,pipe' : 'file,pipe', '-f', DEMUXERS[signature]!],
      ...['-i', part ? subfile(path, part) : `file:${path}`],
      ...['-map', '0:a:0', '-vn', '-sn', '-dn', '-map_metadata', '-1', '-t', String(Math.ceil(limit) + 1)],
      ...['-ar', String(RATE), '-c:a', 'pcm_f32le', '-bitexact', '-f', 'wav', 'pipe:1'],
    ],
    limits: LIMITS,
    signal: input.signal,
  });
  try {
    const reader = new ByteReader(process.stdout);
    if ((await reader.peek(12)).length < 12) throw await explain(process, input);
    const header = await readWavHeader(reader, input.name);
    return new FfmpegDecoder(process, reader, header, input);
  } catch (error) {
    await process[Symbol.asyncDispose]();
    throwIfAborted(input.signal);
    throw error;
  }
}

function subfile(
  path: string,
  { offset, length }: { readonly offset: number; readonly length: number },
): string {
  return `subfile,,start,${offset},end,${offset + length},,:file:${path}`;
}

class FfmpegDecoder implements SoundDecoder {
  readonly name = 'ffmpeg';
  readonly sampleRate: number;
  readonly speakers: SoundDecoder['speakers'];
  readonly duration: Seconds | null;
  readonly durationIsGuess: boolean;
  readonly warnings: Warning[] = [];
  readonly #process: ChildProcess;
  readonly #reader: ByteReader;
  readonly #header: WavHeader;
  readonly #input: DecoderInput;

  constructor(process: ChildProcess, reader: ByteReader, header: WavHeader, input: DecoderInput) {
    this.#process = process;
    this.#reader = reader;
    this.#header = header;
    this.#input = input;
    this.sampleRate = header.sampleRate;
    this.speakers = header.speakers;
    this.duration = declaredDuration(process.stderr);
    // Without an index the length of an MP3 or ADTS file is only guessed from its bit rate.
    this.durationIsGuess = /estimating duration from bitrate/i.test(process.stderr);
  }

  async *blocks(): AsyncGenerator<Float32Array, void, undefined> {
    let frames = 0;
    for await (const block of readWavBlocks(this.#reader, this.#header)) {
      frames += block.length / this.speakers.length;
      yield block;
    }
    const code = await this.#process.exited;
    throwIfAborted(this.#input.signal);
    if (frames === 0) throw await explain(this.#process, this.#input);
    if (code !== 0 || this.#isIncomplete(frames / this.sampleRate))
      this.warnings.push(truncated(this.#input.name));
  }

  #isIncomplete(decoded: number): boolean {
    const said = this.#process.stderr;
    if (/partial file|truncat|invalid data|error while decoding|premature/i.test(said)) return true;
    const declared = this.durationIsGuess ? null : this.duration;
    return declared !== null && decoded < declared - Math.max(0.25, declared * 0.01);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.#process[Symbol.asyncDispose]());
  }
}

/** Reads `Duration: 00:01:02.34` from what FFmpeg says about its input. */
function declaredDuration(said: string): Seconds | null {
  const match = /Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)/.exec(said);
  return match ? seconds(Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3])) : null;
}

/** Why no sample came out. */
async function explain(process: ChildProcess, input: DecoderInput): Promise<LoquentError> {
  const exitCode = await process.exited;
  const said = process.stderr;
  const lines = said.trim().split('\n').slice(-6);
  if (/matches no streams|does not contain any stream/i.test(said)) {
    return new LoquentError('AUDIO_EMPTY', `${input.name} has no sound track.`);
  }
  if (exitCode === 0) return new LoquentError('AUDIO_EMPTY', `${input.name} holds no sound samples.`);
  // What FFmpeg says about itself or this machine; everything else it says about the file.
  if (
    !/unrecognized option|unknown (input|output|decoder|encoder)|cannot allocate|permission denied/i.test(
      said,
    )
  ) {
    return corrupt(input.name, 'its content is not what its header says');
  }
  const message = `FFmpeg could not decode ${input.name.replace(/^The/, 'the')}: ${lines.at(-1) ?? 'it said nothing'}.`;
  return new LoquentError('DECODER_FAILED', message, { details: { exitCode, lines } });
}
