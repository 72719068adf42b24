/** What every engine that hears must do, whatever its network. */
import { describe, expect, test } from 'vitest';
import type { VideoFrame } from '../../src/core/index.ts';
import type { Network } from '../../src/core/network.ts';
import type {
  FacePlace,
  HearingEngine,
  HearingSettings,
  HearingShot,
} from '../../src/engines/hearing-engine.ts';

/** A face to try on. */
export interface ConformanceShot {
  readonly frame: VideoFrame;
  readonly face: FacePlace;
}

/** What {@link testHearingEngine} needs. */
export interface HearingConformance {
  readonly engine: HearingEngine;
  /** Numbers in a row of its features. */
  readonly dimension: number;
  /** Networks that change what they are given, the more the louder it is; those of at most so many samples if asked for. */
  networks(batch: number | null): Promise<Readonly<Record<string, Network>>>;
  /** Different faces in different frames, four or more. The caller owns them. */
  shots(): Promise<readonly ConformanceShot[]>;
  /** How renderers work; default: the first model, as the original is run. */
  readonly settings?: HearingSettings;
  /** Where the lower face may be: nothing else may change. */
  within(face: FacePlace): {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  };
}

const copyOf = ({ width, height, y, u, v }: VideoFrame): VideoFrame => ({
  width,
  height,
  y: y.slice(),
  u: u.slice(),
  v: v.slice(),
});

/** Registers the tests. */
export function testHearingEngine({
  engine,
  dimension,
  networks,
  shots,
  settings,
  within,
}: HearingConformance): void {
  const hear = (value: number): Float32Array => new Float32Array(engine.window.rows * dimension).fill(value);
  const prepared = async (value: number): Promise<HearingShot[]> =>
    (await shots()).map(({ frame, face }, index) => ({
      frame: copyOf(frame),
      face,
      heard: hear(value),
      // Everybody alone: what is painted together may depend on one another.
      sequence: index,
      source: String(index),
    }));
  const load = async (batch: number | null) =>
    engine.load(await networks(batch), settings ?? { model: engine.models[0]!, seed: 1 });

  describe(`the engine ${engine.info.name}`, () => {
    test('says what people must know before they choose it', () => {
      const { info, models, window } = engine;
      expect(info.lookAhead).toBeGreaterThanOrEqual(0);
      expect(info.licence).not.toBe('');
      expect(info.needs).not.toBe('');
      expect(models.length).toBeGreaterThan(0);
      expect(window.first(0, 25)).toBeLessThanOrEqual(0);
      expect(window.first(0, 25) + window.rows).toBeGreaterThan(0);
      for (let index = 1; index < 100; index += 1)
        expect(window.first(index, 25)).toBeGreaterThanOrEqual(window.first(index - 1, 25));
    });

    test('paints what is heard, and nothing outside the lower face', async () => {
      const renderer = await load(null);
      const [before, after] = [await prepared(2), await prepared(2)];
      await renderer.repaint(after);
      for (const [index, { frame, face }] of after.entries()) {
        const old = before[index]!.frame;
        const box = within(face);
        let changed = 0;
        const outside: string[] = [];
        for (const [plane, scale] of [
          ['y', 1],
          ['u', 2],
          ['v', 2],
        ] as const) {
          const stride = frame.width / scale;
          for (let at = 0; at < frame[plane].length; at += 1) {
            if (frame[plane][at] === old[plane][at]) continue;
            const [x, y] = [(at % stride) * scale, Math.floor(at / stride) * scale];
            const inside = x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height;
            if (!inside) outside.push(`${plane} ${x},${y}`);
            changed += 1;
          }
        }
        expect(outside).toEqual([]);
        expect(changed).toBeGreaterThan(100);
      }
      const louder = await prepared(4);
      await renderer.repaint(louder);
      expect(louder[0]!.frame.y).not.toEqual(after[0]!.frame.y);
    });

    test('paints the same alone, together, in any order and in networks of one', async () => {
      const together = await prepared(2);
      await (await load(null)).repaint(together);
      const reversed = await prepared(2);
      await (await load(null)).repaint(reversed.toReversed());
      const alone = await prepared(2);
      const single = await load(1);
      if (!engine.temporal) expect(single.batch).toBe(1);
      for (const shot of alone) await single.repaint([shot]);
      const padded = await prepared(2);
      await (await load(3)).repaint(padded);
      for (const [index, { frame }] of together.entries()) {
        expect(reversed[index]!.frame).toEqual(frame);
        expect(alone[index]!.frame).toEqual(frame);
        expect(padded[index]!.frame).toEqual(frame);
      }
    });

    test('leaves faces alone that are hidden, and shows half of what it paints on those that are half seen', async () => {
      const renderer = await load(null);
      const [before, hidden] = [await prepared(2), await prepared(2)];
      await renderer.repaint(hidden.map((shot) => ({ ...shot, face: { ...shot.face, visibility: 0 } })));
      for (const [index, { frame }] of hidden.entries()) expect(frame).toEqual(before[index]!.frame);
      const [whole, half] = [await prepared(4), await prepared(4)];
      await renderer.repaint(whole);
      await renderer.repaint(half.map((shot) => ({ ...shot, face: { ...shot.face, visibility: 0.5 } })));
      const change = (shot: HearingShot) =>
        shot.frame.y.reduce((sum, value, at) => sum + Math.abs(value - before[0]!.frame.y[at]!), 0);
      expect(change(half[0]!) / change(whole[0]!)).toBeCloseTo(0.5, 1);
    });

    test('takes faces that reach beyond the frame, and small ones', async () => {
      const renderer = await load(null);
      const [shot] = await prepared(2);
      const moved = (scale: number, dx: number, dy: number): FacePlace => ({
        visibility: 1,
        landmarks: shot!.face.landmarks.map(
          (value, at) => value * scale + (at % 3 === 0 ? dx : at % 3 === 1 ? dy : 0),
        ),
      });
      const places = [
        moved(1, -250, 0),
        moved(1, 250, 200),
        moved(3, -500, -500),
        moved(0.05, 9, 9),
        moved(1, 9999, 0),
      ];
      for (const face of places) await renderer.repaint([{ ...shot!, face }]);
    });

    test('stops when it is told to', async () => {
      const stop = new AbortController();
      const renderer = await load(null);
      const work = renderer.repaint(await prepared(2), stop.signal);
      stop.abort();
      await expect(work).rejects.toMatchObject({ code: 'CANCELLED' });
    });
  });
}
