/** A video of a person for jobs in a room, and what their results hold. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type RenderJob, type RenderReport, renderFile } from '../../../src/index.ts';
import { hasFfmpeg, movingPortrait } from '../../fixtures/clips.ts';
import { outputs, speech } from './room.ts';

if (!hasFfmpeg) console.log('FFmpeg is not installed: nobody in a video says anything else.');

/** Frames of {@link clip}. */
const LENGTH = 30;

/** A person, filmed for a little more than a second. */
export const clip: string = hasFfmpeg
  ? movingPortrait('person.mp4', LENGTH, 'null', ['-c:v', 'libx264', '-crf', '16'])
  : '';

/** A file among the results of the current test. */
export const output = (name = 'video.mp4'): string => join(outputs, name);

/** Lets the person in {@link clip} say something short. */
export function speak(change: Partial<RenderJob> = {}): Promise<RenderReport> {
  return renderFile({ image: clip, audio: speech, output: output(), preset: 'fast', ...change });
}

/** What a program prints. */
function run(command: string, args: readonly string[]): Buffer {
  return spawnSync(command, args, { maxBuffer: 1 << 28 }).stdout;
}

/** What a video holds. */
export function probe(path: string): { width: number; height: number; frames: number; sound: number } {
  const facts = ['-v', 'error', '-count_frames', '-show_streams', '-of', 'json', path];
  const found = JSON.parse(String(run('ffprobe', facts))) as {
    streams: {
      codec_type: string;
      width: number;
      height: number;
      nb_read_frames: string;
      duration: string;
    }[];
  };
  const video = found.streams.find(({ codec_type: kind }) => kind === 'video')!;
  const audio = found.streams.find(({ codec_type: kind }) => kind === 'audio')!;
  return {
    width: video.width,
    height: video.height,
    frames: Number(video.nb_read_frames),
    sound: Number(audio.duration),
  };
}

/** Loudness (root mean square) of a part of a video's sound. */
export function loudness(path: string, from: number, length: number): number {
  const pcm = spawnSync('ffmpeg', [
    ...['-v', 'error', '-ss', String(from), '-t', String(length), '-i', path],
    ...['-ac', '1', '-f', 'f32le', '-'],
  ]).stdout;
  const samples = new Float32Array(pcm.buffer, pcm.byteOffset, pcm.length >> 2);
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}
