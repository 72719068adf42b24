/** Videos of people that say something else, from the file to the file. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Progress } from '../../src/index.ts';
import { babbleWav } from '../fixtures/babble.ts';
import { hasFfmpeg, PORTRAIT_SIDE } from '../fixtures/clips.ts';
import { clip, output, probe, speak } from './support/footage.ts';
import { expectTidy, outputs } from './support/room.ts';

describe.runIf(hasFfmpeg)('a video of a person', { timeout: 240_000 }, () => {
  test.each([0.4, 3.2])('says %f seconds in as many frames, in its own size and rate', async (seconds) => {
    const report = await speak({ audio: babbleWav(seconds) });
    const facts = probe(output());
    expect(facts).toMatchObject({ width: PORTRAIT_SIDE, height: PORTRAIT_SIDE, frames: report.frames });
    expect(Math.abs(report.frames - seconds * 25)).toBeLessThanOrEqual(0.5);
    expect(Math.abs(facts.sound - facts.frames / 25)).toBeLessThan(0.05);
    expect(report.footage).toMatchObject({ clip: 0, framesWithoutFace: 0 });
    expect(report.footage!.transitions.length > 0).toBe(seconds > 2);
    expect(report.fps).toBe(25);
    expectTidy(['video.mp4']);
  });

  test('is prepared once', async () => {
    expect((await speak({ audio: babbleWav(0.2) })).avatarCached).toBe(true);
  });

  test('can be given as bytes', async () => {
    const report = await speak({ image: new Uint8Array(readFileSync(clip)) });
    expect(report.footage).not.toBeNull();
    expectTidy(['video.mp4']);
  });

  test('is cut to the head and scaled if that is asked for', async () => {
    await speak({ crop: 'head', size: 128, fps: 20 });
    expect(probe(output())).toMatchObject({ width: 128, height: 128, frames: 10 });
  });

  test('becomes pictures as a photo does', async () => {
    const report = await speak({ output: join(outputs, 'frames/'), audio: babbleWav(0.2) });
    expect(report.frames).toBe(5);
    expectTidy(['frames']);
  });

  test('needs no encoder but the embedded one', async () => {
    const report = await speak({ encoder: 'embedded' });
    expect(report.encoder).toBe('embedded');
    expect(probe(output()).frames).toBe(report.frames);
  });

  test('goes on where the last job left it', async () => {
    const first = await speak({ audio: babbleWav(0.2) });
    const { position, start } = first.footage!;
    // As many frames on, or fewer where the end was slowed down.
    expect(position.frame).toBeGreaterThan(Math.round(start * 25));
    expect(position.frame).toBeLessThanOrEqual(Math.round(start * 25) + first.frames);
    const second = await speak({ audio: babbleWav(0.2), resume: position, force: true });
    expect(Math.round(second.footage!.start * 25)).toBe(position.frame);
    const other = await speak({
      audio: babbleWav(0.2),
      resume: { ...position, footage: 'another' },
      force: true,
    });
    expect(other.warnings.map(({ code }) => code)).toContain('POSITION_OF_OTHER_FOOTAGE');
  });

  test('tells how far it is, from following the face to the end', async () => {
    const events: Progress[] = [];
    const report = await speak({ cache: false, onProgress: (event) => void events.push(event) });
    expect(report.avatarCached).toBe(false);
    const done = events.map((event) => event.done);
    expect(done.toSorted((a, b) => a - b)).toEqual(done);
    expect(done.at(-1)).toBe(1);
    expect(new Set(events.map(({ stage }) => stage))).toEqual(
      new Set(['audio', 'avatar', 'render', 'finish']),
    );
  });
});
