import { expect, test } from 'vitest';
import { ClipPlayer } from '../../src/pipeline/clip-player.ts';
import { numberedClip } from './support/numbered-clip.ts';

async function play(indices: readonly number[], frameCount = 200) {
  const clip = numberedClip(frameCount);
  const player = new ClipPlayer(clip);
  const shown: number[] = [];
  for (const index of indices) {
    const { y, u, v } = await player.frame(index);
    expect(new Set([...y, ...u, ...v]).size).toBe(1);
    shown.push(y[0]!);
  }
  await player[Symbol.asyncDispose]();
  expect(clip.open()).toBe(0);
  return { shown, begun: clip.begun };
}

const run = (from: number, to: number, step = 1) =>
  Array.from({ length: Math.abs(to - from) / step }, (_, k) => from + Math.sign(to - from) * k * step);

test('frames in a row are read in one go, also when some are shown twice or left out', async () => {
  const wanted = [3, 4, 4, 5, 7, 9, 9, 12];
  expect(await play(wanted)).toEqual({ shown: wanted, begun: [3] });
});

test('a leap is a new beginning', async () => {
  const wanted = [...run(0, 10), ...run(120, 130), ...run(30, 40)];
  expect(await play(wanted)).toEqual({ shown: wanted, begun: [0, 120, 30] });
});

test('going backwards reads runs, not single frames', async () => {
  const wanted = [...run(100, 150), ...run(150, 5), ...run(5, 60)];
  const { shown, begun } = await play(wanted);
  expect(shown).toEqual(wanted);
  expect(begun.length).toBeLessThan(8);
});

test('backwards two frames at a time is no different', async () => {
  const wanted = [...run(140, 150), ...run(150, 20, 2)];
  const { shown, begun } = await play(wanted);
  expect(shown).toEqual(wanted);
  expect(begun.length).toBeLessThan(8);
});

test('a place that was announced is read once', async () => {
  const clip = numberedClip(100);
  const player = new ClipPlayer(clip);
  await player.prepare(40);
  expect((await player.frame(40)).y[0]).toBe(40);
  expect((await player.frame(41)).y[0]).toBe(41);
  expect(clip.begun).toEqual([40]);
  await player[Symbol.asyncDispose]();
  expect(clip.open()).toBe(0);
});

test('what the clip throws comes out, and nothing stays open', async () => {
  const clip = numberedClip(100, { broken: 12 });
  const player = new ClipPlayer(clip);
  await player.frame(10);
  await expect(player.frame(13)).rejects.toThrow('broken here');
  await player[Symbol.asyncDispose]();
  expect(clip.open()).toBe(0);
});

test('a job that was cancelled reads no more', async () => {
  const controller = new AbortController();
  const player = new ClipPlayer(numberedClip(100), controller.signal);
  await player.frame(1);
  controller.abort();
  await expect(player.frame(2)).rejects.toMatchObject({ code: 'CANCELLED' });
  await player[Symbol.asyncDispose]();
});
