import { hasRelaxedSimd, hasSimd } from '../kernels/webassembly.ts';
import { readAssetManifest, verifyAssets } from '../platform/assets.ts';
import { platform } from '../platform/index.ts';
import { type FolderFacts, type HostFacts, hostFacts } from '../platform/node/host-facts.ts';
import { ESPEAK_PROGRAMS } from '../speech/espeak.ts';

/** One thing that `loquent doctor` looked at. */
export interface Check {
  /** Stable name for programs: `node`, `ffmpeg`, `cache`… */
  readonly id: string;
  /** Name for people. */
  readonly name: string;
  /** `warn`: works, but slower or with limits; `fail`: videos cannot be made. */
  readonly status: 'ok' | 'warn' | 'fail';
  /** What was found, in words. */
  readonly found: string;
  /** What to do, as a full sentence; `null` when there is nothing to do. */
  readonly advice: string | null;
}

/** What a machine should have, memory and disk in bytes. Below the minimum there is a warning. */
const REQUIREMENTS = {
  cores: { minimum: 2, recommended: 4 },
  memory: { minimum: 2e9, recommended: 8e9 },
  disk: { minimum: 1e9, recommended: 2e9 },
} as const;

const REINSTALL = 'Install again: `npm ci` in a checkout, `npm install loquent` elsewhere.';
const INSTALL_FFMPEG =
  'Not needed for wav, mp3, ogg and flac; with it more formats are read and files are written faster: https://ffmpeg.org/download.html.';

/** Checksums of the two networks that hear. */
const SPEECH_MODEL_LISTS = [
  'models/speech-motion/standard.sha256',
  'models/speech-motion/low-latency.sha256',
];

/**
 * Checks the machine and the installation. Never throws for what it finds.
 *
 * @returns Every check, in the order in which a person would read them.
 */
export async function inspectSystem(): Promise<Check[]> {
  const facts = await hostFacts();
  const shipped = await Promise.all([
    checkAssets(),
    checkFiles('kernels', 'Rendering kernels', ['assets/kernels/manifest.json'], manifestEntries),
    checkFiles('speech-model', 'Speech model', SPEECH_MODEL_LISTS, checksumEntries),
  ]);
  return [
    checkNode(facts),
    checkProcessor(facts),
    checkMemory(facts),
    ...checkSimd(),
    ...shipped,
    ...(await checkFfmpeg()),
    await checkVoice(),
    checkFolder('temporary-folder', 'Temporary folder', facts.folders.temporary),
    checkFolder('cache', 'Cache of prepared avatars', facts.folders.cache),
  ];
}

function checkNode({ node, system }: HostFacts): Check {
  const [major = 0, minor = 0] = node.split('.').map(Number);
  const recent = major > 22 || (major === 22 && minor >= 13);
  const advice = recent ? null : 'Install Node 22.13 or newer from https://nodejs.org.';
  return { id: 'node', name: 'Node', status: recent ? 'ok' : 'fail', found: `${node} on ${system}`, advice };
}

function checkProcessor({ cores, processor }: HostFacts): Check {
  const { minimum, recommended } = REQUIREMENTS.cores;
  const enough = cores >= minimum;
  const note = cores < recommended ? `, ${recommended} recommended` : '';
  return {
    id: 'processor',
    name: 'Processor',
    status: enough ? 'ok' : 'warn',
    found: `${count(cores, 'core')}, ${processor}${note} (no graphics card needed)`,
    advice: enough ? null : 'Videos are made slowly here; use `--preset fast` or a machine with more cores.',
  };
}

function checkMemory({ memory, freeMemory }: HostFacts): Check {
  const { minimum, recommended } = REQUIREMENTS.memory;
  const enough = memory >= minimum && freeMemory >= minimum / 4;
  const note = memory < recommended ? `, ${gigabytes(recommended)} recommended` : '';
  return {
    id: 'memory',
    name: 'Memory',
    status: enough ? 'ok' : 'warn',
    found: `${gigabytes(memory)}, ${gigabytes(freeMemory)} free${note}`,
    advice: enough ? null : 'Close other programs, or use smaller photos and `--preset fast`.',
  };
}

function checkSimd(): Check[] {
  const simd = hasSimd();
  const relaxed = hasRelaxedSimd();
  return [
    {
      id: 'simd',
      name: 'WebAssembly SIMD',
      status: simd ? 'ok' : 'fail',
      found: simd ? 'there' : 'missing',
      advice: simd ? null : 'Use Node 22.13 or newer on a 64-bit machine.',
    },
    {
      id: 'relaxed-simd',
      name: 'WebAssembly relaxed SIMD',
      status: relaxed ? 'ok' : 'warn',
      found: relaxed ? 'there' : 'missing',
      advice: relaxed ? null : 'Face analysis is a little slower without it; a newer Node may have it.',
    },
  ];
}

async function checkAssets(): Promise<Check> {
  const [id, name] = ['face-models', 'Face models and their runtime'];
  const problems = await verifyAssets();
  if (problems.length > 0) {
    return {
      id,
      name,
      status: 'fail',
      found: problems.map(({ message }) => message).join(' '),
      advice: REINSTALL,
    };
  }
  const { length } = await readAssetManifest();
  return { id, name, status: 'ok', found: `${count(length, 'file')}, all intact`, advice: null };
}

/** A shipped file and the checksum that it should have. The name is relative to the list's own folder. */
interface ShippedFile {
  readonly name: string;
  readonly sha256: string;
}

function manifestEntries(text: string): ShippedFile[] {
  return (JSON.parse(text) as { files: ShippedFile[] }).files;
}

/** Lines as `sha256sum` writes them. */
function checksumEntries(text: string): ShippedFile[] {
  return [...text.matchAll(/^([0-9a-f]{64}) [ *](.+)$/gm)].map(([, sha256, name]) => ({
    sha256: sha256!,
    name: name!,
  }));
}

/** Whether every file of some lists is there and unchanged. */
async function checkFiles(
  id: string,
  name: string,
  lists: readonly string[],
  entriesOf: (text: string) => ShippedFile[],
): Promise<Check> {
  const problems: string[] = [];
  let intact = 0;
  for (const list of lists) {
    const folder = list.slice(0, list.lastIndexOf('/') + 1);
    try {
      const files = entriesOf(new TextDecoder().decode(await platform().readAsset(list)));
      const states = await Promise.all(files.map((file) => fileState(folder + file.name, file.sha256)));
      if (files.length === 0) problems.push(`the list ${list} is empty`);
      problems.push(
        ...files.flatMap((file, index) => (states[index] ? [`${file.name} is ${states[index]}`] : [])),
      );
      intact += states.filter((state) => state === null).length;
    } catch {
      problems.push(`the list ${list} is missing or damaged`);
    }
  }
  if (problems.length > 0) return { id, name, status: 'fail', found: problems.join(', '), advice: REINSTALL };
  return { id, name, status: 'ok', found: `${count(intact, 'file')}, all intact`, advice: null };
}

async function fileState(path: string, sha256: string): Promise<'missing' | 'changed' | null> {
  const bytes = await platform()
    .readAsset(path)
    .catch(() => null);
  if (!bytes) return 'missing';
  return (await platform().sha256(bytes)) === sha256 ? null : 'changed';
}

async function checkFfmpeg(): Promise<Check[]> {
  const [ffmpeg, ffprobe] = await Promise.all([platform().which('ffmpeg'), platform().which('ffprobe')]);
  const probe: Check = {
    id: 'ffprobe',
    name: 'ffprobe',
    status: ffprobe || !ffmpeg ? 'ok' : 'warn',
    found: ffprobe ?? 'not installed',
    advice: ffprobe || !ffmpeg ? null : 'It belongs to FFmpeg; install the complete package.',
  };
  if (!ffmpeg) {
    const found = 'not installed; the embedded encoder writes the files';
    return [{ id: 'ffmpeg', name: 'FFmpeg', status: 'warn', found, advice: INSTALL_FFMPEG }, probe];
  }
  const [banner, encoders] = await Promise.all([
    printed(ffmpeg, ['-hide_banner', '-version']),
    printed(ffmpeg, ['-hide_banner', '-encoders']),
  ]);
  const version = /^ffmpeg version (\S+)/m.exec(banner)?.[1];
  const others = ['libvpx-vp9', 'prores_ks'].filter((name) => encoders.includes(` ${name} `));
  const h264 = [...encoders.matchAll(/^ V\S+\s+(\S*(?:264|h264)\S*)/gm)].map((match) => match[1]!);
  return [
    {
      id: 'ffmpeg',
      name: 'FFmpeg',
      status: version ? 'ok' : 'warn',
      found: version ? `${version} (${ffmpeg})` : `${ffmpeg} does not run`,
      advice: version ? null : 'Install it again, or take it off PATH.',
    },
    {
      id: 'h264',
      name: 'H.264 encoders of FFmpeg',
      status: h264.length > 0 ? 'ok' : 'warn',
      found: h264.join(', ') || 'none; the embedded encoder writes the files',
      advice: h264.length > 0 ? null : 'Install an FFmpeg with libx264 for faster and smaller files.',
    },
    {
      id: 'other-video',
      name: 'Encoders for WebM and QuickTime',
      status: 'ok',
      found: others.join(', ') || 'none; transparent output as PNG pictures only',
      advice: null,
    },
    probe,
  ];
}

/** The voice that needs no service. */
async function checkVoice(): Promise<Check> {
  const found = await Promise.all(ESPEAK_PROGRAMS.map((name) => platform().which(name)));
  const program = found.find((path) => path !== null);
  return {
    id: 'voice',
    name: 'Voice for texts',
    status: program ? 'ok' : 'warn',
    found: program ?? 'not installed; texts need the address of a speech service',
    advice: program
      ? null
      : 'Install espeak-ng to have texts spoken without a service; recordings need none.',
  };
}

/** What a program prints to stdout; empty if it cannot be started or fails. */
async function printed(command: string, args: readonly string[]): Promise<string> {
  try {
    await using process = platform().spawn({ command, args });
    const decoder = new TextDecoder();
    let text = '';
    for await (const bytes of process.stdout) text += decoder.decode(bytes, { stream: true });
    return (await process.exited) === 0 ? text : '';
  } catch {
    return '';
  }
}

function checkFolder(id: string, name: string, { path, free, writable }: FolderFacts): Check {
  const roomy = free === null || free >= REQUIREMENTS.disk.minimum;
  const space = free === null ? 'free space unknown' : `${gigabytes(free)} free`;
  const found = `${path}, ${space}`;
  if (!writable) {
    const cache = id === 'cache';
    const advice = cache
      ? 'Avatars are prepared anew every time; set LOQUENT_CACHE to a folder that you may write to.'
      : 'Set TMPDIR to a folder that you may write to.';
    return { id, name, status: cache ? 'warn' : 'fail', found: `${path} is not writable`, advice };
  }
  return {
    id,
    name,
    status: roomy ? 'ok' : 'warn',
    found,
    advice: roomy ? null : `Free some space: long videos need it while they are written.`,
  };
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
