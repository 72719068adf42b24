/** Videos of people with more to hear than one voice. */
import { describe, expect, test } from 'vitest';
import { babbleWav } from '../fixtures/babble.ts';
import { hasFfmpeg, makeClip, PORTRAIT_SIDE } from '../fixtures/clips.ts';
import { clip, loudness, output, speak } from './support/footage.ts';
import { failure, speech } from './support/room.ts';

describe.runIf(hasFfmpeg)('a video of a person', { timeout: 240_000 }, () => {
  test('keeps its own sound under the speech at the level that is asked for', async () => {
    const sounding = makeClip('sounding.mp4', [
      ...['-i', clip, '-f', 'lavfi', '-i', 'sine=frequency=300:duration=1.2', '-c:v', 'copy', '-c:a', 'aac'],
    ]);
    const quiet = babbleWav(2, 2);
    await speak({ image: sounding, audio: quiet, keepAudioBed: -6 });
    await speak({ image: sounding, audio: quiet, keepAudioBed: -26, output: output('less.mp4') });
    const [more, less] = [loudness(output(), 0.2, 1.6), loudness(output('less.mp4'), 0.2, 1.6)];
    expect(20 * Math.log10(more / less)).toBeCloseTo(20, 0);
    expect(more).toBeGreaterThan(0.03);
    const silent = await speak({ keepAudioBed: -6, force: true });
    expect(silent.warnings.map(({ code }) => code)).toContain('FOOTAGE_SILENT');
  });

  test('of two people gives each a voice of their own', async () => {
    const both = makeClip('both.mp4', [
      '-i',
      clip,
      '-i',
      clip,
      '-filter_complex',
      'hstack',
      '-c:v',
      'libx264',
    ]);
    const report = await speak({
      image: both,
      face: { x: 0.25, y: 0.5 },
      also: [{ face: { x: 0.75, y: 0.5 }, audio: babbleWav(0.8) }],
    });
    expect(report).toMatchObject({ width: 2 * PORTRAIT_SIDE, frames: 20 });
    const same = await failure(
      speak({ image: both, face: 1, also: [{ face: 1, audio: speech }], output: output('a.mp4') }),
      ['video.mp4'],
    );
    expect(same.code).toBe('FACE_INDEX');
  });
});
