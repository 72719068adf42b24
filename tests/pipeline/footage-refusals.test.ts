/** What footage cannot do, and what is said about it. */
import { describe, expect, test } from 'vitest';
import {
  type Avatar,
  openLiveSession,
  prepareFootage,
  type RenderJob,
  readSpeech,
  talk,
} from '../../src/index.ts';
import { hasFfmpeg } from '../fixtures/clips.ts';
import { clip, speak } from './support/footage.ts';
import { failure, onPath, portrait, speech } from './support/room.ts';

describe.runIf(hasFfmpeg)('what footage cannot do', { timeout: 240_000 }, () => {
  test.each<[string, Partial<RenderJob>, string]>([
    ['another background', { background: 'blur' }, 'OPTION_INVALID'],
    ['teeth of a photo', { teeth: portrait }, 'OPTION_INVALID'],
    ['a face that is not there', { face: 4 }, 'FACE_INDEX'],
    ['a size that the embedded encoder cannot make', { size: 96, encoder: 'embedded' }, 'ENCODER_MISSING'],
  ])('is refused: %s', async (_, change, code) => {
    expect((await failure(speak(change))).code).toBe(code);
  });

  test.each<[string, Partial<RenderJob>]>([
    ['several voices', { also: [{ face: 2, audio: speech }] }],
    ['a position', { resume: { footage: 'x', clip: 0, frame: 1, direction: 1 } }],
    ['an audio bed', { keepAudioBed: -10 }],
  ])('a photo is refused %s', async (_, change) => {
    expect((await failure(speak({ image: portrait, size: 64, ...change }))).code).toBe('OPTION_INVALID');
  });

  test('without FFmpeg is said', async () => {
    const error = await failure(onPath('without FFmpeg', () => speak({ cache: false })));
    expect(error.code).toBe('FFMPEG_MISSING');
  });

  test('movement that was filmed is named in a warning', async () => {
    const { warnings } = await speak({
      head: 0.5,
      gaze: { theta: 10, phi: 0 },
      blink: 1,
      mouth: 0.8,
      listenTo: speech,
    });
    const idle = warnings.filter(({ code }) => code === 'OPTIONS_WITHOUT_EFFECT');
    expect(idle.map(({ message }) => message)).toEqual([
      expect.stringMatching(/: head, gaze, listenTo had no effect\.$/),
    ]);
  });

  test('movement that a timeline asks for is named, too', async () => {
    const { warnings } = await speak({
      head: 0.5,
      controls: [
        { time: 0.1, emotion: { happy: 0.5 }, pose: { yaw: 5 } },
        { time: 0.2, activity: 'listening', mouth: 1.2 },
      ],
    });
    const idle = warnings.filter(({ code }) => code === 'OPTIONS_WITHOUT_EFFECT');
    expect(idle.map(({ message }) => message)).toEqual([
      expect.stringMatching(/: head, pose, activity had no effect\.$/),
    ]);
  });

  test('to speak frame by frame or live is refused', async () => {
    await using footage = await prepareFootage(clip);
    const stream = (): unknown => talk(footage as unknown as Avatar, readSpeech(speech));
    expect(stream).toThrow(expect.objectContaining({ code: 'AVATAR_KIND' }));
    const error = await failure(openLiveSession(footage as unknown as Avatar));
    expect(error.code).toBe('AVATAR_KIND');
    expect(error.hint).toMatch(/photo/);
  });
});
