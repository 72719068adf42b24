import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** One run of the command line in a process of its own. */
export interface JobResult {
  /** Wall-clock seconds from start to exit. */
  readonly seconds: number;
  /** Largest resident memory of the Node process, megabytes (10^6). */
  readonly peakMb: number;
  /** Largest resident memory of its child processes together (FFmpeg), megabytes. */
  readonly childrenMb: number;
}

/** What users install: the build. */
const cli = new URL('../dist/cli/main.js', import.meta.url).pathname;

/** Runs `loquent <args>` with its cache in `cache` and measures time and memory of the whole process tree. */
export async function runJob(args: readonly string[], cache: string): Promise<JobResult> {
  const start = performance.now();
  const child = spawn(process.execPath, [cli, ...args], {
    env: { ...process.env, LOQUENT_CACHE: cache },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += text;
  });
  let peak = 0;
  let children = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, highWater(child.pid!));
    children = Math.max(
      children,
      childrenOf(child.pid!).reduce((sum, pid) => sum + highWater(pid), 0),
    );
  }, 40);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearInterval(watch);
  if (code !== 0) throw new Error(`loquent ${args.join(' ')} ended with ${code}:\n${errors}`);
  return {
    seconds: (performance.now() - start) / 1000,
    peakMb: Math.round(peak),
    childrenMb: Math.round(children),
  };
}

/**
 * Runs `loquent <args>` until the first frame is there, and cancels it.
 *
 * @returns Wall-clock seconds from the start of the process.
 */
export async function timeToFirstFrame(args: readonly string[], cache: string): Promise<number> {
  const start = performance.now();
  const child = spawn(process.execPath, [cli, ...args, '--json'], {
    env: { ...process.env, LOQUENT_CACHE: cache },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  let seconds = Number.NaN;
  for await (const line of createInterface(child.stdout)) {
    const { progress } = JSON.parse(line) as { progress?: { stage: string } };
    if (progress?.stage !== 'render' || !Number.isNaN(seconds)) continue;
    seconds = (performance.now() - start) / 1000;
    child.kill();
  }
  await ended;
  return seconds;
}

/** Largest resident memory of a process so far, megabytes; 0 where /proc does not tell. */
function highWater(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return (Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024) / 1e6;
  } catch {
    return 0;
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

/** Writes `length` seconds of the demo speech, repeated, as 16 kHz mono WAV and returns its path. */
export async function makeSpeech(folder: string, length: number): Promise<string> {
  const { readSpeech } = await import('../src/index.ts');
  const { demoSpeech } = await import('./demo-speech.ts');
  const parts: Float32Array[] = [];
  for await (const chunk of readSpeech(demoSpeech())) parts.push(chunk.samples.slice());
  const once = Float32Array.from(parts.flatMap((part) => [...part]));
  const pcm = new Int16Array(length * 16_000);
  for (let i = 0; i < pcm.length; i++)
    pcm[i] = Math.max(-32768, Math.min(32767, once[i % once.length]! * 32767));
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + pcm.byteLength, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(16_000, 24);
  header.writeUInt32LE(32_000, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(pcm.byteLength, 40);
  const path = join(folder, `speech-${length}.wav`);
  await writeFile(path, Buffer.concat([header, Buffer.from(pcm.buffer)]));
  return path;
}

/** Seconds FFmpeg alone needs to encode as many frames of a moving test picture; `null` without FFmpeg. */
export async function encodeAlone(length: number, size: number): Promise<number | null> {
  const start = performance.now();
  const source = `testsrc2=size=${size}x${size}:rate=25:duration=${length}`;
  const args = [
    '-v',
    'error',
    '-f',
    'lavfi',
    '-i',
    source,
    '-c:v',
    'libx264',
    '-preset',
    'veryfast',
    '-crf',
    '18',
  ];
  const child = spawn('ffmpeg', [...args, '-pix_fmt', 'yuv420p', '-f', 'null', '-'], { stdio: 'ignore' });
  const code = await new Promise<number | null>((resolve) => {
    child.on('error', () => resolve(null));
    child.on('close', resolve);
  });
  return code === 0 ? (performance.now() - start) / 1000 : null;
}
