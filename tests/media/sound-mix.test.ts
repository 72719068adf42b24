import { expect, test } from 'vitest';
import { seconds } from '../../src/core/index.ts';
import { openSound } from '../../src/media/sound.ts';
import { SoundBed } from '../../src/media/sound-bed.ts';
import { openSoundMix } from '../../src/media/sound-mix.ts';
import '../../src/platform/node/use.ts';

const LIMITS = { maxDuration: 100 };

/** A WAV file (16 bits) of a constant level, or of what `level` says for each sample. */
function wav(
  length: number,
  { rate = 48_000, channels = 1, level = (_: number): number => 0.25 } = {},
): Uint8Array {
  const count = Math.round(length * rate);
  const buffer = Buffer.alloc(44 + count * channels * 2);
  buffer.write('RIFF', 0);
  buffer.writeUInt32LE(buffer.length - 8, 4);
  buffer.write('WAVEfmt ', 8);
  buffer.writeUInt32LE(16, 16);
  buffer.writeUInt16LE(1, 20);
  buffer.writeUInt16LE(channels, 22);
  buffer.writeUInt32LE(rate, 24);
  buffer.writeUInt32LE(rate * channels * 2, 28);
  buffer.writeUInt16LE(channels * 2, 32);
  buffer.writeUInt16LE(16, 34);
  buffer.write('data', 36);
  buffer.writeUInt32LE(count * channels * 2, 40);
  for (let at = 0; at < count * channels; at += 1) {
    buffer.writeInt16LE(Math.round(level(Math.floor(at / channels)) * 32_767), 44 + at * 2);
  }
  return buffer;
}

/** Reads all voices in step and gives what came out. */
async function read(mix: Awaited<ReturnType<typeof openSoundMix>>) {
  const master: number[] = [];
  const lists = mix.speeches(async (samples) => void master.push(...samples));
  const speech: number[][] = lists.map(() => []);
  for (let open = true; open; ) {
    const results = await Promise.all(lists.map((list) => list.next()));
    open = results.some(({ done }) => !done);
    for (const [voice, result] of results.entries())
      if (!result.done) speech[voice]!.push(...result.value.samples);
  }
  await mix[Symbol.asyncDispose]();
  return { master, speech };
}

test('one voice alone is passed on as it is', async () => {
  const input = wav(0.5, { channels: 2, level: (at) => Math.sin(at / 20) });
  const alone: number[] = [];
  await using sound = await openSound(input, LIMITS);
  for await (const block of sound.blocks()) alone.push(...block.master);
  const { master } = await read(await openSoundMix([input], LIMITS));
  expect(master).toEqual(alone);
});

test('voices are heard together; one that ends sooner is silent from then on', async () => {
  const mix = await openSoundMix([wav(0.3), wav(0.7, { level: () => 0.5 })], LIMITS);
  expect(mix.duration).toBeCloseTo(0.7, 3);
  const { master, speech } = await read(mix);
  expect(master.length).toBe(0.7 * 48_000);
  expect(master[4800]).toBeCloseTo(0.75, 2);
  expect(master[30_000]).toBeCloseTo(0.5, 2);
  expect(speech[0]!.length).toBe(speech[1]!.length);
  expect(speech[0]!.length).toBe(0.7 * 16_000);
  expect(Math.abs(speech[0]![10_000]!)).toBe(0);
  expect(speech[1]![10_000]).toBeCloseTo(0.5, 2);
});

test('a stereo voice makes the mix stereo, and loud ones never exceed full scale', async () => {
  const mix = await openSoundMix(
    [wav(0.2, { level: () => 0.9 }), wav(0.2, { channels: 2, level: () => 0.8 })],
    LIMITS,
  );
  expect(mix.channels).toBe(2);
  const { master } = await read(mix);
  expect(master.length).toBe(2 * 0.2 * 48_000);
  expect(Math.max(...master)).toBe(1);
});

test('a voice that cannot be opened closes the others and says why', async () => {
  await expect(openSoundMix([wav(0.2), new Uint8Array([1, 2, 3])], LIMITS)).rejects.toMatchObject({
    code: 'AUDIO_CORRUPT',
  });
});

test('a bed lies under the voices at its level and goes on for ever without a gap', async () => {
  const bed = await SoundBed.start(() => openSound(wav(1.2, { level: () => 0.4 }), LIMITS), {
    from: seconds(0.5),
    gain: 0.5,
  });
  const mix = await openSoundMix([wav(4, { level: () => 0.1 })], LIMITS);
  mix.addUndertone(bed);
  const { master } = await read(mix);
  await bed[Symbol.asyncDispose]();
  expect(master.length).toBe(4 * 48_000);
  expect(master[100]).toBeCloseTo(0.1 + 0.2, 2);
  const least = master.slice(480).reduce((low, sample) => Math.min(low, sample), 1);
  expect(least).toBeGreaterThan(0.28);
});

test('a bed begins at the place it is told', async () => {
  const ramp = wav(2, { level: (at) => at / 96_000 });
  const bed = await SoundBed.start(() => openSound(ramp, LIMITS), { from: seconds(1), gain: 1 });
  const [first] = await bed.next(10);
  await bed[Symbol.asyncDispose]();
  expect(first).toBeCloseTo(0.5, 2);
});
