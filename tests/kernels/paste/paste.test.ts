import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  compilePaste,
  createPaste,
  createReferencePaste,
  type PasteOrder,
} from '../../../src/kernels/paste/index.ts';

const WIDTH = 70;
const HEIGHT = 50;
const FROM = 64;

let kernel: WebAssembly.Module;
beforeAll(async () => {
  kernel = await compilePaste(readFileSync(new URL('../../../assets/kernels/paste.wasm', import.meta.url)));
});

/** Numbers 0..1 from a linear congruential generator. */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A still frame of noise. */
function frameOf(random: () => number): Uint8Array {
  return Uint8Array.from({ length: WIDTH * HEIGHT * 4 }, (_, at) => (at % 4 === 3 ? 255 : random() * 256));
}

/** A square whose numbers also lie below 0 and above 1. */
const squareOf = (random: () => number): Float32Array =>
  Float32Array.from({ length: 3 * FROM * FROM }, () => random() * 1.2 - 0.1);

/** An order whose opacity is by chance where all four neighbours of a place are there, now and then 0, 1 or 256. */
function orderOf(
  frame: Uint8Array,
  { part, side, u, v, right, down }: Omit<PasteOrder, 'frame' | 'width' | 'from' | 'opacity'>,
  random: () => number,
): PasteOrder {
  const opacity = Uint16Array.from({ length: part.width * part.height }, (_, at) => {
    const [column, row] = [at % part.width, Math.floor(at / part.width)];
    const x = u + column * right + row * down;
    const y = v + row * right - column * down;
    const margin = 0.1;
    const there = Math.min(x, y) > margin && Math.max(x, y) < side - 1 - margin;
    return there ? [0, 1, 256, Math.floor(random() * 257)][Math.floor(random() * 4)]! : 0;
  });
  return { frame, width: WIDTH, part, from: FROM, side, u, v, right, down, opacity };
}

const PLACES = [
  { part: { x: 0, y: 0, width: 70, height: 50 }, side: 64, u: 0, v: 0, right: 0.9, down: 0 },
  { part: { x: 4, y: 3, width: 60, height: 44 }, side: 64, u: -12.3, v: 14.7, right: 0.8, down: 0.55 },
  { part: { x: 10, y: 5, width: 32, height: 31 }, side: 32, u: 0.25, v: 0.5, right: 1.02, down: -0.03 },
  { part: { x: 2, y: 20, width: 18, height: 17 }, side: 16, u: 0, v: 0.4, right: 0.87, down: 0 },
  { part: { x: 30, y: 20, width: 40, height: 30 }, side: 8, u: 0, v: 0.4, right: 0.14, down: 0.1 },
  { part: { x: 8, y: 8, width: 0, height: 0 }, side: 64, u: 0, v: 0, right: 1, down: 0 },
];

describe('a square over a still frame', () => {
  test.each(PLACES)(
    'is the same from the kernel as from the reference: $side, $right, $down',
    async (place) => {
      const random = noise(7);
      const frame = frameOf(random);
      const order = orderOf(frame, place, random);
      const [paste, reference] = [await createPaste(kernel, order), createReferencePaste(order)];
      for (const square of [squareOf(random), squareOf(random)]) {
        paste.lay(square);
        reference.lay(square);
        expect(Buffer.compare(paste.pixels, reference.pixels)).toBe(0);
      }
    },
  );

  test('changes no pixel under an opacity of 0, whatever was laid before', async () => {
    const random = noise(11);
    const frame = frameOf(random);
    const order = orderOf(frame, PLACES[1]!, random);
    const paste = await createPaste(kernel, order);
    paste.lay(squareOf(random));
    paste.lay(squareOf(random));
    const { part, opacity } = order;
    let changed = 0;
    for (const [at, share] of opacity.entries()) {
      const place = (part.y + Math.floor(at / part.width)) * WIDTH + part.x + (at % part.width);
      const before = [...frame.subarray(place * 4, place * 4 + 4)];
      const after = [...paste.pixels.subarray(at * 4, at * 4 + 4)];
      if (share === 0) expect(after).toEqual(before);
      else if (after.join() !== before.join()) changed += 1;
    }
    expect(changed).toBeGreaterThan(100);
  });

  test('of one colour, opaque, gives this colour', async () => {
    const random = noise(3);
    const place = PLACES[1]!;
    const order = orderOf(frameOf(random), place, random);
    const shown = { ...order, opacity: order.opacity.map((share) => (share > 0 ? 256 : 0)) };
    const paste = await createPaste(kernel, shown);
    const colours = [0.2, 0.6, 1];
    paste.lay(
      Float32Array.from({ length: 3 * FROM * FROM }, (_, at) => colours[Math.floor(at / FROM ** 2)]!),
    );
    for (const [at, share] of shown.opacity.entries())
      if (share > 0) expect([...paste.pixels.subarray(at * 4, at * 4 + 4)]).toEqual([51, 153, 255, 255]);
  });
});
