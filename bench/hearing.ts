/**
 * `node bench/hearing.ts [--json]`: what hearing costs. Processor time (not wall-clock time) per 20 ms of sound, medians
 * over chunks of 10 s of the demo speech, for every profile, and for the network alone in WebAssembly and in plain
 * TypeScript.
 *
 * @module
 */
import { createSpeechAnalyser } from '../src/audio/index.ts';
import { LogMelExtractor } from '../src/audio/log-mel.ts';
import { SpeechMotionNetwork } from '../src/audio/network.ts';
import { loadNetwork, loadWeights } from '../src/audio/weights.ts';
import { type AudioChunk, HEARING_PROFILES, SPEECH_RATE, samplesToSeconds } from '../src/core/index.ts';
import { readSpeech } from '../src/index.ts';
import { createReferenceConvolutions } from '../src/kernels/convolution/index.ts';
import { demoSpeech } from './demo-speech.ts';

const CHUNK_SAMPLES = 640;
const STRETCH_SECONDS = 10;
const RUNS = 9;

/** The middle of the sorted values. */
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];

/** Ten seconds of speech in chunks of 40 ms. */
async function speechChunks(): Promise<AudioChunk[]> {
  const once: number[] = [];
  for await (const { samples } of readSpeech(demoSpeech())) once.push(...samples);
  const chunks: AudioChunk[] = [];
  for (let at = 0; at < STRETCH_SECONDS * SPEECH_RATE; at += CHUNK_SAMPLES) {
    const samples = Float32Array.from(
      { length: CHUNK_SAMPLES },
      (_, index) => once[(at + index) % once.length],
    );
    chunks.push({ samples, time: samplesToSeconds(at, SPEECH_RATE) });
  }
  return chunks;
}

/** Median processor time of `work`, milliseconds per 20 ms of sound; the first two runs only warm up. */
function processorTime(work: () => void): number {
  const times: number[] = [];
  for (let run = 0; run < RUNS + 2; run++) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    if (run >= 2) times.push((user + system) / 1000 / (STRETCH_SECONDS * 50));
  }
  return Number(median(times).toFixed(4));
}

/** Measures everything. Milliseconds of processor time per 20 ms of sound. */
export async function benchHearing(): Promise<{
  readonly profiles: Readonly<Record<string, number>>;
  readonly network: Readonly<Record<string, number>>;
}> {
  const chunks = await speechChunks();
  const profiles: Record<string, number> = {};
  for (const profile of HEARING_PROFILES) {
    const analyser = await createSpeechAnalyser({ profile });
    profiles[profile] = processorTime(() => {
      for (const chunk of chunks) analyser.push(chunk);
      analyser.flush();
    });
  }
  const extractor = new LogMelExtractor();
  const rows = chunks.flatMap((chunk) => extractor.push(chunk));
  const alone = (network: SpeechMotionNetwork): number =>
    processorTime(() => {
      for (const { values } of rows) network.push(values);
    });
  const { layers } = await loadWeights('standard');
  return {
    profiles,
    network: {
      wasm: alone((await loadNetwork('standard')).network),
      typescript: alone(new SpeechMotionNetwork(createReferenceConvolutions(layers))),
    },
  };
}

if (import.meta.main) {
  const result = await benchHearing();
  if (process.argv.includes('--json')) console.log(JSON.stringify(result));
  else
    console.table({
      ...result.profiles,
      'network, WASM': result.network.wasm,
      'network, TypeScript': result.network.typescript,
    });
}
