import type { LiveMouthReason, MotionFrame, Seconds, Size, VideoFrame } from '../../core/index.ts';
import { type I420Converter, i420Length, videoFrameOf } from '../../kernels/colour/index.ts';
import { platform } from '../../platform/index.ts';
import { withMouth } from '../neural/photo-takes.ts';
import { mixPlanes } from '../plane-edits.ts';
import { TICK } from './media-clock.ts';
import { MouthKeeper } from './mouth-keeper.ts';
import type { MouthPainter, Painting } from './mouth-painter.ts';

/** By how much more or less of a painted mouth one picture shows than the one before. */
const STEP = 0.25;

/** What a {@link MouthLine} asks for and tells. */
export interface MouthLineOutlet {
  /**
   * Draws a movement: RGBA, valid until the next call; `null` if it fails.
   *
   * @param again - Whether this picture was drawn before, in another way.
   */
  draw(motion: MotionFrame, again: boolean): Uint8Array | null;
  /** How much of the spoken mouth is shown at the time of a movement, now that speech was taken back. */
  voiced(time: Seconds): number;
  /** A picture that was to be painted is shown, with the mouth of the movement where it was not. */
  shown(outcome: 'painted' | 'late' | 'failed'): void;
  /** Mouths are painted from now on, or are not. */
  changed(painting: boolean, reason: LiveMouthReason): void;
}

/** A picture that waits for its time. */
interface Waiting {
  readonly motion: MotionFrame;
  readonly time: Seconds;
  /** How much of a painted mouth it is to show. */
  readonly level: number;
  /** Milliseconds that were spent on it. */
  readonly move: number;
  draw: number;
  /** Drawn with the mouth at rest if it is to be painted; `null` if it could not be drawn. */
  readonly planes: Uint8Array | null;
  readonly painting: Painting | null;
  /** Its speech was taken back. */
  hushed: boolean;
}

/** A picture whose time has come. */
export interface ReadyPicture {
  /** Valid until the next one; `null` if it could not be drawn. */
  readonly pixels: VideoFrame | null;
  readonly time: Seconds;
  /** Milliseconds. */
  readonly move: number;
  readonly draw: number;
}

/**
 * The pictures of a session between their drawing and their time, while a network paints their mouths. One that is not painted by then
 * shows the mouth of the movement: drawn anew, as its picture has it at rest. From one kind of mouth to the other it takes some pictures.
 */
export class MouthLine {
  readonly #painter: MouthPainter;
  readonly #converter: I420Converter;
  readonly #outlet: MouthLineOutlet;
  readonly #keeper: MouthKeeper;
  readonly #width: number;
  readonly #height: number;
  readonly #waiting: Waiting[] = [];
  readonly #spare: Uint8Array[] = [];
  readonly #own: Uint8Array;
  /** How much of a painted mouth the last picture showed. */
  #share = 0;

  /** @param fps - Pictures per second. */
  constructor(
    painter: MouthPainter,
    converter: I420Converter,
    { width, height }: Size,
    fps: number,
    outlet: MouthLineOutlet,
  ) {
    this.#painter = painter;
    this.#converter = converter;
    this.#outlet = outlet;
    this.#keeper = new MouthKeeper(fps);
    this.#width = width;
    this.#height = height;
    this.#own = new Uint8Array(i420Length(width, height));
  }

  /**
   * Draws a picture, and begins to paint its mouth.
   *
   * @param level - How much of a painted mouth it is to show, 0..1.
   * @param move - Milliseconds that its movement took.
   */
  push(motion: MotionFrame, time: Seconds, level: number, move: number): void {
    const begun = platform().now();
    const recovered = this.#keeper.passed(time);
    if (recovered && this.#painter.works) this.#outlet.changed(true, recovered);
    const paints = level > 0 && this.#keeper.painting && this.#painter.works;
    const pixels = this.#outlet.draw(paints ? withMouth(motion, 0) : motion, false);
    const planes = pixels && (this.#spare.pop() ?? new Uint8Array(this.#own.length));
    if (planes) this.#converter.convert(pixels, planes);
    const painting = planes && paints ? this.#painter.paint(motion, this.#frameOf(planes)) : null;
    const draw = platform().now() - begun;
    this.#waiting.push({ motion, time, level, move, draw, planes, painting, hushed: false });
  }

  /** Takes speech back: what waits shows no painted mouth any more. */
  hush(): void {
    for (const picture of this.#waiting) {
      picture.hushed = true;
      picture.painting?.drop();
    }
  }

  /**
   * Hands out the pictures whose time has come.
   *
   * @param now - Media time that was played, seconds.
   */
  *take(now: number): Generator<ReadyPicture, void, undefined> {
    // A picture may come up to a tick before it is shown.
    const due = now + TICK / 1000 + 1e-6;
    while (this.#waiting.length > 0 && this.#waiting[0]!.time <= due) {
      const { planes, painting, ...picture } = this.#waiting.shift()!;
      const begun = platform().now();
      const shown = planes && this.#finish({ planes, painting, ...picture });
      const draw = picture.draw + platform().now() - begun;
      yield { pixels: shown && this.#frameOf(shown), time: picture.time, move: picture.move, draw };
      // The network may still be at work in the others.
      if (planes && painting?.outcome !== 'begun') this.#spare.push(planes);
    }
  }

  /** Planes with a painted mouth, that of the movement, or something in between; `null` if it could not be drawn. */
  #finish({
    motion,
    time,
    level,
    planes,
    painting,
    hushed,
  }: Waiting & { planes: Uint8Array }): Uint8Array | null {
    if (!painting) {
      this.#share = 0;
      return planes;
    }
    const painted = painting.outcome === 'painted';
    if (!hushed) this.#note(time, painting);
    painting.drop();
    this.#share = painted && !hushed ? Math.min(level, this.#share + STEP) : 0;
    if (this.#share === 1) return planes;
    const own = this.#outlet.draw(
      hushed ? withMouth(motion, this.#outlet.voiced(motion.time)) : motion,
      true,
    );
    if (!own) return null;
    this.#converter.convert(own, this.#own);
    if (this.#share > 0) mixPlanes(this.#own, planes, this.#share);
    return this.#own;
  }

  #note(time: Seconds, { outcome }: Painting): void {
    const shown = outcome === 'painted' || outcome === 'failed' ? outcome : 'late';
    this.#outlet.shown(shown);
    const reason = this.#keeper.shown(time, shown);
    if (reason) this.#outlet.changed(false, reason);
  }

  #frameOf(planes: Uint8Array): VideoFrame {
    return videoFrameOf(planes, this.#width, this.#height);
  }
}
