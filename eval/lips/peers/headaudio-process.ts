/**
 * `node headaudio-process.ts <package folder> <speech.f32>`: runs HeadAudio's node and processor, joined by stand-ins
 * for the browser's audio thread, over 16 kHz float samples; prints fifteen viseme weights per 20 ms as JSON, in the
 * order of `VISEMES`.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { VISEMES } from '../../../src/core/audio.ts';

/** Samples per call of an audio worklet. */
const QUANTUM = 128;
const FRAME = 320;
/** HeadAudio's names of the visemes that the Oculus set spells in lower case. */
const NAMES: Readonly<Record<string, string>> = { I: 'ih', O: 'oh', U: 'ou' };

interface Port {
  onmessage: ((event: { data: unknown }) => void) | null;
  postMessage(data: unknown): void;
}

/** Two ports that hand messages to each other at once. */
function portPair(): [Port, Port] {
  const make = (other: () => Port): Port => ({
    onmessage: null,
    postMessage: (data) => other().onmessage?.({ data }),
  });
  const a: Port = make(() => b);
  const b: Port = make(() => a);
  return [a, b];
}

interface Processor {
  process(inputs: Float32Array[][], outputs: Float32Array[][], parameters: object): boolean;
}

const [nodePort, processorPort] = portPair();
let Worklet: (new (options: object) => Processor) | undefined;
let processor: Processor | undefined;

Object.assign(globalThis, {
  sampleRate: 16_000,
  AudioWorkletProcessor: class {
    readonly port = processorPort;
  },
  AudioWorkletNode: class {
    readonly port = nodePort;
    readonly parameters = new Map();
    constructor(_context: unknown, _name: string, options: object) {
      processor = new Worklet!(options);
    }
  },
  registerProcessor: (_name: string, worklet: typeof Worklet) => {
    Worklet = worklet;
  },
});

const [folder, sound] = process.argv.slice(2) as [string, string];
const load = (path: string) => import(pathToFileURL(join(folder, path)).href);
await load('modules/headworklet.mjs');
const { HeadAudio } = await load('modules/headaudio.mjs');
const node = new HeadAudio({});
const model = readFileSync(join(folder, 'dist/model-en-mixed.bin')).toString('base64');
await node.loadModel(`data:application/octet-stream;base64,${model}`);

const weights = new Float64Array(VISEMES.length);
node.onvalue = (key: string, value: number) => {
  const name = key.replace('viseme_', '');
  weights[(VISEMES as readonly string[]).indexOf(NAMES[name] ?? name)] = value;
};
const bytes = readFileSync(sound);
const samples = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
const frames: number[][] = [];
for (let at = 0; at < samples.length; at += QUANTUM) {
  processor!.process([[samples.slice(at, at + QUANTUM)]], [], {});
  // The page animates in its own time, here every 20 ms.
  while (frames.length * FRAME < Math.min(samples.length, at + QUANTUM)) {
    node.update(20);
    frames.push([...weights].map((weight) => Number(weight.toFixed(4))));
  }
}
process.stdout.write(JSON.stringify(frames));
