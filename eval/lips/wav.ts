import { readFileSync } from 'node:fs';
import { SPEECH_RATE } from '../../src/core/index.ts';
import { readSpeech } from '../../src/index.ts';

/** Reads a 16-bit WAV file; several channels are averaged. */
export function readWav(path: string): { samples: Float32Array; rate: number } {
  const bytes = readFileSync(path);
  let at = 12;
  let rate = 0;
  let channels = 1;
  while (bytes.toString('latin1', at, at + 4) !== 'data') {
    if (bytes.toString('latin1', at, at + 4) === 'fmt ') {
      channels = bytes.readUInt16LE(at + 10);
      rate = bytes.readUInt32LE(at + 12);
      if (bytes.readUInt16LE(at + 22) !== 16) throw new Error(`${path} does not hold 16-bit samples.`);
    }
    at += 8 + bytes.readUInt32LE(at + 4);
  }
  const length = Math.floor(Math.min(bytes.readUInt32LE(at + 4), bytes.length - at - 8) / (2 * channels));
  const samples = Float32Array.from({ length }, (_, index) => {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) {
      sum += bytes.readInt16LE(at + 8 + 2 * (index * channels + channel));
    }
    return sum / channels / 32_768;
  });
  return { samples, rate };
}

/**
 * Reads any recording that the product reads, as the product hears it: 16 kHz, mono.
 *
 * @param input - Path or bytes.
 * @throws LoquentError `AUDIO_*`, `INPUT_*`, `CANCELLED`.
 */
export async function readSound(input: string | Uint8Array, signal?: AbortSignal): Promise<Float32Array> {
  const parts: Float32Array[] = [];
  for await (const chunk of readSpeech(input, { signal: signal! })) parts.push(chunk.samples);
  return joinSamples(parts);
}

/** One array of all parts, one after the other. */
export function joinSamples(parts: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** A 16-bit mono WAV file; louder than full scale is clipped. */
export function wavBytes(samples: Float32Array, rate: number = SPEECH_RATE): Uint8Array {
  const bytes = Buffer.alloc(44 + 2 * samples.length);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(2 * rate, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(2 * samples.length, 40);
  samples.forEach((sample, index) => {
    bytes.writeInt16LE(Math.round(Math.max(-1, Math.min(1, sample)) * 32_767), 44 + 2 * index);
  });
  return bytes;
}
