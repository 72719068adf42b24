/** Recordings made by code, and what the tests of sound share. */
import { spawnSync } from 'node:child_process';
import { delimiter } from 'node:path';
import { afterEach } from 'vitest';
import { openSound, type SoundBlock, type SoundOptions } from '../../../src/media/sound.ts';
import '../../../src/platform/node/use.ts';

/** A rising tone, different in each channel, interleaved, -0.5..0.5. */
export function sweep(rate: number, channels: number, seconds: number): Float32Array {
  const length = Math.round(rate * seconds);
  return Float32Array.from({ length: length * channels }, (_, index) => {
    const n = Math.floor(index / channels);
    const channel = index % channels;
    const t = n / rate;
    return 0.5 * Math.sin(2 * Math.PI * (200 + 150 * channel + 400 * t) * t);
  });
}

/** How {@link wav} stores samples. */
export type SampleFormat = 'u8' | 's16' | 's24' | 's32' | 'f32' | 'f64';

const WIDTHS: Readonly<Record<SampleFormat, number>> = { u8: 1, s16: 2, s24: 3, s32: 4, f32: 4, f64: 8 };

/** Builds a WAV file. `mask` makes an extensible header; `declared` overrides the length in the header. */
export function wav(
  samples: Float32Array,
  rate: number,
  channels: number,
  options: { format?: SampleFormat; mask?: number; declared?: number; kind?: number; raw?: Uint8Array } = {},
): Buffer {
  const format = options.format ?? 's16';
  const width = WIDTHS[format];
  const data = options.raw ? Buffer.from(options.raw) : Buffer.alloc(samples.length * width);
  if (!options.raw)
    for (const [index, sample] of samples.entries()) store(data, index * width, sample, format);
  const extensible = options.mask !== undefined;
  const kind = options.kind ?? (format.startsWith('f') ? 3 : 1);
  const description = Buffer.alloc(extensible ? 40 : 16);
  const bytes = options.raw ? 1 : width;
  description.writeUInt16LE(extensible ? 0xfffe : kind, 0);
  description.writeUInt16LE(channels, 2);
  description.writeUInt32LE(rate, 4);
  description.writeUInt32LE(rate * channels * bytes, 8);
  description.writeUInt16LE(channels * bytes, 12);
  description.writeUInt16LE(bytes * 8, 14);
  if (extensible) {
    description.writeUInt16LE(22, 16);
    description.writeUInt16LE(bytes * 8, 18);
    description.writeUInt32LE(options.mask!, 20);
    description.writeUInt16LE(kind, 24);
  }
  const length = options.declared ?? data.length;
  return Buffer.concat([
    chunkHeader('RIFF', 20 + description.length + length),
    Buffer.from('WAVE'),
    chunkHeader('fmt ', description.length),
    description,
    chunkHeader('data', length),
    data,
  ]);
}

function chunkHeader(type: string, length: number): Buffer {
  const header = Buffer.alloc(8);
  header.write(type, 'latin1');
  header.writeUInt32LE(length >>> 0, 4);
  return header;
}

function store(data: Buffer, at: number, sample: number, format: SampleFormat): void {
  if (format === 'u8') data.writeUInt8(Math.round(sample * 127) + 128, at);
  else if (format === 's16') data.writeInt16LE(Math.round(sample * 32_767), at);
  else if (format === 's24') data.writeIntLE(Math.round(sample * 8_388_607), at, 3);
  else if (format === 's32') data.writeInt32LE(Math.round(sample * 2_147_483_647), at);
  else if (format === 'f32') data.writeFloatLE(sample, at);
  else data.writeDoubleLE(sample, at);
}

/** Everything that a recording gives. */
export interface Heard {
  readonly master: Float32Array;
  readonly speech: Float32Array;
  readonly blocks: readonly SoundBlock[];
  readonly channels: 1 | 2;
  readonly duration: number | null;
  readonly decoder: string;
  readonly warnings: readonly string[];
}

/** Decodes a whole recording. */
export async function hear(
  input: string | URL | Uint8Array | AsyncIterable<Uint8Array>,
  options: Partial<SoundOptions> = {},
): Promise<Heard> {
  await using sound = await openSound(input, { maxDuration: 3600, ...options });
  const blocks: SoundBlock[] = [];
  for await (const block of sound.blocks()) blocks.push(block);
  const { channels, duration, decoder, warnings } = sound;
  return {
    master: join(blocks.map((block) => block.master)),
    speech: join(blocks.map((block) => block.speech.samples)),
    ...{ blocks, channels, duration, decoder, warnings: warnings.map((warning) => warning.code) },
  };
}

function join(parts: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** The code of the error that a promise ends with. */
export const codeOf = (promise: Promise<unknown>): Promise<string | undefined> =>
  promise.then(
    () => 'nothing was thrown',
    (error: { code?: string }) => error.code ?? String(error),
  );

/** Largest difference between two signals over their common length. */
export function difference(
  a: Float32Array,
  b: Float32Array,
  from = 0,
  to = Math.min(a.length, b.length),
): number {
  let largest = 0;
  for (let n = from; n < to; n += 1) largest = Math.max(largest, Math.abs(a[n]! - b[n]!));
  return largest;
}

/** Whether FFmpeg is installed; says so once if not. */
export const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;
if (!hasFfmpeg)
  console.log('FFmpeg is not installed: its decoder and encoder are not tested, the embedded ones are.');

/** Runs FFmpeg and returns what it writes to its standard output. */
export function ffmpeg(args: readonly string[], input?: Uint8Array): Buffer {
  const result = spawnSync('ffmpeg', ['-hide_banner', '-v', 'error', '-y', ...args], {
    input,
    maxBuffer: 1 << 28,
  });
  if (result.status !== 0) throw new Error(String(result.stderr));
  return result.stdout;
}

const searchPath = process.env['PATH'];
afterEach(() => {
  process.env['PATH'] = searchPath;
});

/** Makes FFmpeg invisible until the end of the test. */
export function hideFfmpeg(): void {
  process.env['PATH'] = ['/nonexistent-a', '/nonexistent-b'].join(delimiter);
}
