/**
 * Sounds that are no speech, and speech that is sung: the mouth must stay shut in the first and open in the second.
 *
 * @module
 */
import { basename } from 'node:path';
import type { SpeechAnalyserOptions } from '../../../src/audio/index.ts';
import { asLoquentError, type MotionFrame, SPEECH_RATE } from '../../../src/core/index.ts';
import { lipsClosed } from '../../../src/motion/index.ts';
import type { Watch } from '../host.ts';
import type { Segment } from '../labels.ts';
import { visibleOpening } from '../lip-measures.ts';
import { moveTo, VIDEO_RATE } from '../listen.ts';
import { bootstrap, type Estimate, movingMean, quantile } from '../statistics.ts';
import { readSound } from '../wav.ts';
import { renderBuiltIn } from './built-in.ts';
import { findFluidSynth } from './fluidsynth.ts';
import { nonSpeech } from './non-speech.ts';
import { compose, STYLES } from './score.ts';
import { singSongs } from './songs.ts';

/** One sound without speech. Shares are 0..1. */
export interface SoundReport {
  readonly name: string;
  readonly source: 'built-in' | 'instruments' | 'noise' | 'given';
  readonly seconds: number;
  /** Share of the speech frames that are taken for speech (confidence above 0.5). */
  readonly falseSpeech: number;
  /** Share of the video frames in which the mouth is visibly open. */
  readonly mouthOpen: number;
}

/** What {@link measureMusic} finds. */
export interface MusicReport {
  /** Over all music; noises are apart. */
  readonly falseSpeech: Estimate | null;
  readonly mouthOpen: Estimate | null;
  readonly noise: { readonly falseSpeech: Estimate | null; readonly mouthOpen: Estimate | null };
  readonly sounds: readonly SoundReport[];
  readonly missing: readonly string[];
}

/** The mouth counts as open from this visible opening on. */
const OPEN = 0.03;

/** What is measured. */
export interface MusicOptions {
  /** Files of the user's with instrumental music. */
  readonly files: readonly string[];
  /** Length of each piece made by script, seconds. */
  readonly seconds: number;
  readonly analyser: SpeechAnalyserOptions;
  readonly seed: number;
}

/** Plays music and noises, and looks at the mouth. */
export async function measureMusic(options: MusicOptions, watch: Watch): Promise<MusicReport> {
  const { seconds, analyser, seed } = options;
  const sounds: SoundReport[] = [];
  const missing: string[] = [];
  const judge = async (name: string, source: SoundReport['source'], samples: Float32Array) => {
    watch.note(`${name} (${source})`);
    sounds.push({ name, source, ...(await judgeSound(samples, analyser)) });
  };
  const player = await findFluidSynth();
  if (typeof player === 'string') missing.push(`music with sampled instruments: ${player}`);
  for (const [index, style] of STYLES.entries()) {
    watch.signal.throwIfAborted();
    const score = compose(style, seconds, seed + index);
    await judge(style, 'built-in', renderBuiltIn(score));
    if (typeof player !== 'string') await judge(style, 'instruments', await player.play(score, watch.signal));
  }
  for (const [name, samples] of nonSpeech(seconds, seed)) await judge(name, 'noise', samples);
  for (const path of options.files) {
    watch.signal.throwIfAborted();
    try {
      await judge(basename(path), 'given', await readSound(path, watch.signal));
    } catch (error) {
      watch.signal.throwIfAborted();
      missing.push(asLoquentError(error).message);
    }
  }
  const over = (chosen: readonly SoundReport[], read: (sound: SoundReport) => number) =>
    chosen.length === 0
      ? null
      : bootstrap(
          chosen.length,
          (drawn) => {
            const total = drawn.reduce((sum, index) => sum + chosen[index].seconds, 0);
            return drawn.reduce((sum, index) => sum + read(chosen[index]) * chosen[index].seconds, 0) / total;
          },
          { seed },
        );
  const music = sounds.filter(({ source }) => source !== 'noise');
  const noise = sounds.filter(({ source }) => source === 'noise');
  return {
    falseSpeech: over(music, (sound) => sound.falseSpeech),
    mouthOpen: over(music, (sound) => sound.mouthOpen),
    noise: {
      falseSpeech: over(noise, (sound) => sound.falseSpeech),
      mouthOpen: over(noise, (sound) => sound.mouthOpen),
    },
    sounds,
    missing,
  };
}

async function judgeSound(
  samples: Float32Array,
  analyser: SpeechAnalyserOptions,
): Promise<Omit<SoundReport, 'name' | 'source'>> {
  const { frames, speech } = await moveTo(samples, VIDEO_RATE, analyser);
  return {
    seconds: samples.length / SPEECH_RATE,
    falseSpeech: speech.filter((frame) => frame.speech > 0.5).length / Math.max(1, speech.length),
    mouthOpen:
      frames.filter((frame) => !lipsClosed(frame) && visibleOpening(frame) > OPEN).length /
      Math.max(1, frames.length),
  };
}

/** One song. */
export interface SongReport {
  readonly name: string;
  /** A person (a file), or a held-out voice that sings by script, alone or to music. */
  readonly source: 'person' | 'alone' | 'with music';
  readonly seconds: number;
  /** Share of the song in which it sounds at all. */
  readonly sounding: number;
  /** Share of the sounding speech frames that are taken for speech. */
  readonly speech: number;
  /** Share of the sounding video frames in which the mouth is visibly open. */
  readonly open: number;
  /** Share of the video frames within vowels in which the mouth is visibly open; `null` without known phones. */
  readonly vowelsOpen: number | null;
}

/** Figures over several songs, as in {@link SongReport}. */
export interface SingingFigures {
  readonly open: number | null;
  readonly speech: number | null;
  readonly vowelsOpen: number | null;
}

/** What {@link measureSinging} finds. The figures on top are over songs of people, or over the others without any. */
export interface SingingReport extends SingingFigures {
  /** Over the songs made by script. */
  readonly alone: SingingFigures;
  readonly withMusic: SingingFigures;
  readonly songs: readonly SongReport[];
  readonly missing: readonly string[];
}

/** What is measured. */
export interface SingingOptions {
  /** Songs of people, alone or in front of music. */
  readonly files: readonly string[];
  /** Words in each song made by script. */
  readonly words: number;
  readonly analyser: SpeechAnalyserOptions;
  readonly seed: number;
}

/** A song sounds where its level is at most so far below its loud parts, dB. */
const SOUNDING_DB = 20;

/** Hears songs. Consonants close the mouth in songs too, so `open` does not reach 1. */
export async function measureSinging(options: SingingOptions, watch: Watch): Promise<SingingReport> {
  const { files, words, analyser, seed } = options;
  const songs: SongReport[] = [];
  const missing: string[] = [];
  if (files.length === 0)
    missing.push('songs of people: none was given (--singing, or speech/singer-*.wav of LOQUENT_TEST_MEDIA)');
  for (const path of files) {
    watch.signal.throwIfAborted();
    watch.note(basename(path));
    const samples = await readSound(path, watch.signal);
    songs.push({ name: basename(path), source: 'person', ...(await judgeSong(samples, null, analyser)) });
  }
  const sung = await singSongs(words, seed, watch);
  if (typeof sung === 'string') missing.push(`songs with known phones: ${sung}`);
  else
    for (const { name, source, samples, segments } of sung) {
      watch.signal.throwIfAborted();
      watch.note(`song: ${name}`);
      songs.push({ name, source, ...(await judgeSong(samples, segments, analyser)) });
    }
  const people = songs.filter(({ source }) => source === 'person');
  return {
    ...figuresOf(people.length > 0 ? people : songs),
    alone: figuresOf(songs.filter(({ source }) => source === 'alone')),
    withMusic: figuresOf(songs.filter(({ source }) => source === 'with music')),
    songs,
    missing,
  };
}

/** Means over songs, by how long they sound. */
function figuresOf(songs: readonly SongReport[]): SingingFigures {
  const over = (read: (song: SongReport) => number | null) => {
    const known = songs.filter((song) => read(song) !== null);
    const weight = (song: SongReport) => song.seconds * song.sounding;
    const total = known.reduce((sum, song) => sum + weight(song), 0);
    return total === 0 ? null : known.reduce((sum, song) => sum + read(song)! * weight(song), 0) / total;
  };
  return {
    open: over((song) => song.open),
    speech: over((song) => song.speech),
    vowelsOpen: over((song) => song.vowelsOpen),
  };
}

async function judgeSong(
  samples: Float32Array,
  segments: readonly Segment[] | null,
  analyser: SpeechAnalyserOptions,
): Promise<Omit<SongReport, 'name' | 'source'>> {
  const { frames, speech } = await moveTo(samples, VIDEO_RATE, analyser);
  const sounds = soundingFrames(samples);
  const heard = speech.filter((_, index) => sounds[index]);
  const isOpen = (frame: MotionFrame) => !lipsClosed(frame) && visibleOpening(frame) > OPEN;
  const share = (chosen: readonly MotionFrame[]) => chosen.filter(isOpen).length / Math.max(1, chosen.length);
  const inVowel = ({ time }: MotionFrame) =>
    segments?.some(({ start, end, phone }) => phone.kind === 'vowel' && time >= start && time < end) ?? false;
  return {
    seconds: samples.length / SPEECH_RATE,
    sounding: heard.length / Math.max(1, speech.length),
    speech: heard.filter((frame) => frame.speech > 0.5).length / Math.max(1, heard.length),
    open: share(frames.filter((_, index) => sounds[2 * index])),
    vowelsOpen: segments && share(frames.filter(inVowel)),
  };
}

/** Whether there is sound around each frame of 20 ms. */
function soundingFrames(samples: Float32Array): boolean[] {
  const power = Float64Array.from({ length: Math.ceil(samples.length / 320) }, (_, frame) => {
    let sum = 0;
    for (const sample of samples.subarray(320 * frame, 320 * (frame + 1))) sum += sample * sample;
    return sum;
  });
  const smooth = movingMean(power, 5);
  const least = quantile(smooth, 0.95) * 10 ** (-SOUNDING_DB / 10);
  return Array.from(smooth, (value) => value > least);
}
