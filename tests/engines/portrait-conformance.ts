/** What every engine that draws heads must do, whatever its networks. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { MotionFrame } from '../../src/core/index.ts';
import type { Network } from '../../src/core/network.ts';
import { HEAD_SIDE } from '../../src/engines/portrait/head-crop.ts';
import type { PortraitEngine, Sitter } from '../../src/engines/portrait-engine.ts';

/** What {@link testPortraitEngine} needs. */
export interface PortraitConformance {
  readonly engine: PortraitEngine;
  readonly networks: () => Promise<Readonly<Record<string, Network>>>;
  readonly sitter: () => Sitter;
  /** Movements that differ, the first of them the photo itself. */
  readonly movements: () => readonly MotionFrame[];
  /** A network that draws, by role. */
  readonly drawing: string;
}

async function* inGroups<Element>(elements: readonly Element[], size: number) {
  for (let at = 0; at < elements.length; at += size) yield elements.slice(at, at + size);
}

/** A short name of what a head looks like. */
const bytesOf = (head: Float32Array): string =>
  createHash('sha256')
    .update(new Uint8Array(head.buffer, head.byteOffset, head.byteLength))
    .digest('hex');

/** Registers the tests. */
export function testPortraitEngine({
  engine,
  networks,
  sitter,
  movements,
  drawing,
}: PortraitConformance): void {
  const draw = async (given: Readonly<Record<string, Network>>, size: number, signal?: AbortSignal) => {
    const renderer = await engine.load(given, sitter(), { seed: 1, steps: 2 }, signal);
    const heads: Float32Array[] = [];
    for await (const head of renderer.draw(inGroups(movements(), size), signal)) heads.push(head);
    return heads;
  };

  describe(`the engine ${engine.info.name}`, () => {
    test('says what people must know before they choose it', () => {
      expect(engine.info.licence).not.toBe('');
      expect(engine.info.needs).not.toBe('');
      expect(engine.models.length).toBeGreaterThan(0);
    });

    test('draws one head for each movement, the same however they come', async () => {
      const together = await draw(await networks(), 100);
      expect(together).toHaveLength(movements().length);
      for (const head of together) expect(head).toHaveLength(3 * HEAD_SIDE * HEAD_SIDE);
      const alone = await draw(await networks(), 1);
      expect(alone.map(bytesOf)).toEqual(together.map(bytesOf));
      expect(bytesOf(together.at(-1)!)).not.toBe(bytesOf(together[0]!));
    });

    test('asks for the next picture while one is computed', async () => {
      const given = await networks();
      let [asked, most] = [0, 0];
      const watched: Network = {
        ...given[drawing]!,
        async run(inputs, signal) {
          most = Math.max(most, ++asked);
          const result = await given[drawing]!.run(inputs, signal);
          asked -= 1;
          return result;
        },
      };
      await draw({ ...given, [drawing]: watched }, 1);
      expect(most).toBeGreaterThan(1);
    });

    test('fails when a network does', async () => {
      const given = await networks();
      const broken: Network = { ...given[drawing]!, run: () => Promise.reject(new Error('broken')) };
      await expect(draw({ ...given, [drawing]: broken }, 2)).rejects.toThrow('broken');
    });

    test('stops when it is told to', async () => {
      const stop = new AbortController();
      const work = draw(await networks(), 1, stop.signal);
      stop.abort();
      await expect(work).rejects.toMatchObject({ code: 'CANCELLED' });
    });
  });
}
