/**
 * Runs the parts of the measurement one after the other.
 *
 * @module
 */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { cpus } from 'node:os';
import { extname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { createSpeechAnalyser, type SpeechAnalyserOptions } from '../../src/audio/index.ts';
import { asLoquentError } from '../../src/core/index.ts';
import { commitOf } from '../commit.ts';
import { CONDITIONS, NOISY } from './conditions.ts';
import { gatherVoices, measureHeldOut } from './held-out.ts';
import type { Watch } from './host.ts';
import { hearingCost } from './listen.ts';
import { measureMusic, measureSinging } from './music/measure.ts';
import type { LipOptions, Part } from './options.ts';
import { measurePeersOnLabels } from './peers/held-out.ts';
import { findPeers, type PeerPrograms } from './peers/peers.ts';
import { measureVideos } from './real/videos.ts';
import type { LipReport } from './report.ts';
import { readRecording } from './voices/recordings.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FIXTURE = join(ROOT, 'tests/fixtures/phones/english.wav');
const MODELS = join(ROOT, 'models/speech-motion');

/** How much is measured, in full and with `--quick`. */
const EXTENT = {
  full: { sentences: 40, music: 20, words: 40, conditions: CONDITIONS, peerRecordings: 3, ceiling: true },
  quick: {
    sentences: 10,
    music: 8,
    words: 16,
    conditions: ['clean', ...NOISY] as const,
    peerRecordings: 1,
    ceiling: false,
  },
} as const;

/**
 * Measures what the options ask for. A part that fails is reported as failed; the others go on.
 *
 * @throws LoquentError what is wrong with the user's own files; `CANCELLED`.
 */
export async function measure(options: LipOptions, watch: Watch): Promise<LipReport> {
  const start = process.hrtime.bigint();
  // The sources may change while this runs; what was loaded is what they are now.
  const measured = about(options);
  const { quick, seed } = options;
  const extent = EXTENT[quick ? 'quick' : 'full'];
  const analyser: SpeechAnalyserOptions = { profile: options.profile };
  const media = process.env['LOQUENT_TEST_MEDIA'];
  const missing: string[] = [];
  const failed: string[] = [];
  const wants = (part: Part) => options.only.includes(part);
  const attempt = async <T>(what: string, wanted: boolean, run: () => Promise<T>): Promise<T | null> => {
    watch.signal.throwIfAborted();
    if (!wanted) return null;
    try {
      return await run();
    } catch (error) {
      watch.signal.throwIfAborted();
      failed.push(`${what}: ${asLoquentError(error).message}`);
      return null;
    }
  };
  const own = await Promise.all(options.recordings.map((path) => readRecording(path, watch.signal)));

  const cost = await attempt('cost', wants('cost'), () => measureCost(analyser, watch));
  const voices = await attempt('voices', wants('held-out'), () => gatherVoices(extent.sentences, watch));
  const recordings = [...own, ...(voices?.recordings ?? [])];
  // The committed recording says something on a machine without any voice.
  if (wants('held-out') && recordings.length === 0)
    recordings.push(await readRecording(FIXTURE, watch.signal));
  const heldOut = await attempt('held-out voices', recordings.length > 0, () =>
    measureHeldOut({ recordings, conditions: extent.conditions, analyser, seed }, watch),
  );

  const compares = wants('held-out') || wants('videos') || options.video.length > 0;
  const peers = (await attempt('other systems', compares, () => findPeers(options.peers, watch))) ?? NO_PEERS;
  missing.push(...peers.missing);
  const compared = recordings.filter(
    ({ kind, name }) => kind === 'human' && Number(name.split(' ').at(-1)) <= extent.peerRecordings,
  );
  const onLabels = await attempt('other systems on the voices', compared.length > 0, () =>
    measurePeersOnLabels(compared, peers, analyser, watch),
  );

  const music = await attempt('music', wants('music'), () =>
    measureMusic({ files: options.music, seconds: extent.music, analyser, seed }, watch),
  );
  const songs = [...options.singing, ...filesIn(media && join(media, 'speech'), /^singer.*\.wav$/i)];
  const singing = await attempt('singing', wants('singing'), () =>
    measureSinging({ files: songs, words: extent.words, analyser, seed }, watch),
  );

  const clips = filesIn(media && join(media, 'videos'), /\.(mp4|webm|mov|mkv)$/i);
  if (wants('videos') && clips.length === 0) {
    missing.push('real talking videos: LOQUENT_TEST_MEDIA names no folder with videos');
  }
  const judge = (files: readonly string[]) =>
    measureVideos({ files, peers, analyser, ceiling: extent.ceiling, seed }, watch);
  const real = await attempt('videos', wants('videos') && clips.length > 0, () => judge(clips));
  const videos = await attempt('given videos', options.video.length > 0, () => judge(options.video));

  return {
    about: { ...measured, minutes: Number(process.hrtime.bigint() - start) / 6e10 },
    heldOut,
    peers: onLabels,
    music,
    singing,
    real,
    videos,
    cpuMsPer20Ms: cost?.cpu ?? null,
    lookAheadMs: cost?.lookAhead ?? null,
    weightsKb: weightsSize() / 1000,
    missingVoices: voices?.missing ?? [],
    missing: [...missing, ...(music?.missing ?? []), ...(singing?.missing ?? [])],
    failed,
  };
}

const NO_PEERS: PeerPrograms = { rhubarb: null, headaudio: null, missing: [] };

async function measureCost(
  analyser: SpeechAnalyserOptions,
  watch: Watch,
): Promise<{ cpu: number; lookAhead: number }> {
  watch.note('CPU time of hearing');
  const { samples } = await readRecording(FIXTURE, watch.signal);
  const { lookAhead } = await createSpeechAnalyser(analyser);
  return { cpu: await hearingCost(samples, analyser), lookAhead: 1000 * lookAhead };
}

/** Bytes of all weights that are shipped. */
function weightsSize(): number {
  return readdirSync(MODELS)
    .filter((name) => ['.bin', '.f16'].includes(extname(name)))
    .reduce((sum, name) => sum + statSync(join(MODELS, name)).size, 0);
}

function filesIn(folder: string | undefined, names: RegExp): string[] {
  if (!folder || !existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => names.test(name))
    .sort()
    .map((name) => join(folder, name));
}

function about({ profile, seed, quick }: LipOptions): Omit<LipReport['about'], 'minutes'> {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  return {
    version,
    commit: commitOf(),
    date: new Date().toISOString().slice(0, 16),
    node: process.version,
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    profile,
    seed,
    quick,
  };
}
