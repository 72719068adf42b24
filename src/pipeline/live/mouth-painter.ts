import { frameShot } from '../../compose/framing.ts';
import {
  type AudioChunk,
  type Avatar,
  asLoquentError,
  type FeatureExtractor,
  type LiveOptions,
  type LoquentError,
  type MotionFrame,
  type Seconds,
  SPEECH_RATE,
  seconds,
  type VideoFrame,
} from '../../core/index.ts';
import type { HearingEngine, HearingRenderer } from '../../engines/hearing-engine.ts';
import { LandmarkPlaces } from '../../engines/mesh/landmark-places.ts';
import { platform } from '../../platform/index.ts';
import { HeardRows } from '../neural/heard-rows.ts';
import { faceOf } from '../neural/photo-takes.ts';

/** Seconds by which the mouth runs ahead of the sound, as in the movement: a painted mouth takes the place of one that moves. */
const LEAD = 0.02;
/** Seconds of sound that wait at most while nothing is painted. */
const LONGEST_UNHEARD = 1;
/** Failures in a row after which the networks are loaded anew. */
const PATIENCE = 3;
/** Networks that fail so often, each within so many pictures, will go on failing. */
const MOST_REBUILDS = 3;
const TRIAL = 250;

/** An engine that is loaded, to paint the mouths of one speech. Disposing frees its networks. */
export interface LoadedPainter extends AsyncDisposable {
  readonly renderer: HearingRenderer;
  readonly extractor: FeatureExtractor;
}

/** What a {@link MouthPainter} tells. */
export interface MouthPainterOutlet {
  /**
   * Mouths were painted.
   *
   * @param spent - Milliseconds.
   */
  painted(count: number, spent: number): void;
  /** The networks failed, and were loaded anew. */
  rebuilt(cause: LoquentError): void;
  /** They go on failing: nothing is painted any more. */
  gaveUp(cause: LoquentError): void;
}

/** A picture whose mouth is to be painted. */
export interface Painting {
  /** Painted in place. */
  readonly frame: VideoFrame;
  /** What came of it so far. */
  readonly outcome: 'waiting' | 'begun' | 'painted' | 'failed';
  /** Nobody needs it any more; one that is `begun` still gets its mouth. */
  drop(): void;
}

interface Task extends Painting {
  readonly motion: MotionFrame;
  outcome: Painting['outcome'];
}

/** A picture that can be painted, with what is heard around it. */
interface Shot {
  readonly task: Task;
  readonly heard: Float32Array;
}

/** How a {@link MouthPainter} works. */
export interface MouthPainterSettings {
  readonly engine: HearingEngine;
  readonly avatar: Avatar;
  readonly options: LiveOptions;
  /** Loads the engine: at first, and after failures. */
  load(): Promise<LoadedPainter>;
  readonly outlet: MouthPainterOutlet;
}

/**
 * Paints the mouths of a live session with an engine that hears. Networks compute in a thread of their own; cutting out and putting
 * back happen here, some milliseconds at a time.
 */
export class MouthPainter implements AsyncDisposable {
  /** Seconds of sound after the time of a movement that it must hear. */
  readonly lookAhead: Seconds;
  readonly #settings: MouthPainterSettings;
  readonly #places: LandmarkPlaces;
  /** `null` while it is loaded anew, and once it was given up. */
  #loaded: LoadedPainter | null;
  #rows: HeardRows;
  /** Samples that came, how many of them before the present extractor, and those that it has not heard yet. */
  #heard = 0;
  #origin = 0;
  #unheard: Float32Array[] = [];
  #unheardLength = 0;
  readonly #waiting: Task[] = [];
  #working = false;
  #closed = false;
  #failures = 0;
  #rebuilds = 0;
  /** Pictures of the present networks. */
  #painted = 0;

  /** @throws LoquentError whatever `settings.load` throws. */
  static async open(settings: MouthPainterSettings): Promise<MouthPainter> {
    return new MouthPainter(settings, await settings.load());
  }

  private constructor(settings: MouthPainterSettings, loaded: LoadedPainter) {
    const { engine, avatar, options } = settings;
    const { extractor } = loaded;
    const { rows, first } = engine.window;
    this.#settings = settings;
    this.#places = new LandmarkPlaces(avatar, frameShot(avatar, options.crop, options.size));
    this.#loaded = loaded;
    this.#rows = this.#newRows(loaded);
    this.lookAhead = seconds(
      (first(0, options.fps) + rows - 1) / extractor.rate + extractor.lookAhead + LEAD,
    );
  }

  /** Whether it paints at all, now or later. */
  get works(): boolean {
    return this.#loaded !== null || this.#rebuilds < MOST_REBUILDS;
  }

  /** Hears the sound that comes next, whether anything is painted or not. */
  hear({ samples }: AudioChunk): void {
    this.#heard += samples.length;
    this.#unheard.push(samples);
    this.#unheardLength += samples.length;
    this.#wake();
  }

  /**
   * Begins to paint.
   *
   * @param motion - Not before the one before.
   * @param frame - The picture of it, with the mouth at rest.
   */
  paint(motion: MotionFrame, frame: VideoFrame): Painting {
    const waiting = this.#waiting;
    const task: Task = {
      ...{ motion, frame },
      outcome: 'waiting',
      drop() {
        if (task.outcome === 'waiting') waiting.splice(waiting.indexOf(task), 1);
      },
    };
    waiting.push(task);
    this.#wake();
    return task;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    const loaded = this.#loaded;
    this.#loaded = null;
    await loaded?.[Symbol.asyncDispose]();
  }

  /** Rows of an extractor that hears from now on. */
  #newRows({ extractor }: LoadedPainter): HeardRows {
    const { engine, options } = this.#settings;
    this.#origin = this.#heard;
    this.#unheard = [];
    this.#unheardLength = 0;
    return new HeardRows(engine.window, extractor.dimension, options.fps);
  }

  #wake(): void {
    if (this.#working) return;
    this.#working = true;
    void this.#work();
  }

  /** Hears and paints until there is nothing to do. */
  async #work(): Promise<void> {
    for (let loaded = this.#loaded; loaded && !this.#closed; loaded = this.#loaded) {
      const most = this.#waiting.length > 0 ? 0 : LONGEST_UNHEARD * SPEECH_RATE;
      let shots: readonly Shot[] = [];
      try {
        if (this.#unheardLength > most) await this.#listen(loaded);
        shots = this.#begin(loaded.renderer.batch);
        if (shots.length > 0) await this.#paint(loaded, shots);
        else if (this.#unheardLength <= most) {
          this.#working = false;
          return;
        }
      } catch (error) {
        for (const { task } of shots) task.outcome = 'failed';
        await this.#fail(asLoquentError(error));
      }
    }
    for (const task of this.#waiting.splice(0)) task.outcome = 'failed';
    this.#working = false;
  }

  /** Lets the extractor hear everything that waits. */
  async #listen(loaded: LoadedPainter): Promise<void> {
    const samples = new Float32Array(this.#unheardLength);
    const time = seconds((this.#heard - this.#origin - samples.length) / SPEECH_RATE);
    let at = 0;
    for (const part of this.#unheard.splice(0)) {
      samples.set(part, at);
      at += part.length;
    }
    this.#unheardLength = 0;
    try {
      this.#rows.keep(await loaded.extractor.push({ samples, time }));
    } catch (error) {
      loaded.extractor.reset();
      this.#rows = this.#newRows(loaded);
      throw error;
    }
    if (this.#waiting.length === 0) {
      this.#rows.skip(this.#indexOf(this.#heard / SPEECH_RATE - this.lookAhead - LONGEST_UNHEARD));
    }
  }

  /** The pictures around which everything was heard, at most so many. */
  #begin(most: number): readonly Shot[] {
    const shots: Shot[] = [];
    while (shots.length < most && this.#waiting.length > 0) {
      const task = this.#waiting[0]!;
      const index = this.#indexOf(task.motion.time);
      const heard = index < 0 ? null : this.#rows.at(index);
      // What was said before the extractor began to hear is never heard.
      if (!heard && index >= 0) break;
      this.#waiting.shift();
      task.outcome = heard ? 'begun' : 'failed';
      if (heard) shots.push({ task, heard });
    }
    return shots;
  }

  async #paint({ renderer }: LoadedPainter, shots: readonly Shot[]): Promise<void> {
    const { avatar, outlet } = this.#settings;
    const begun = platform().now();
    await renderer.repaint(
      shots.map(({ task: { frame, motion }, heard }) => {
        const face = faceOf(avatar, this.#places.at(motion));
        return { frame, face, heard, sequence: 0, source: null };
      }),
    );
    for (const { task } of shots) task.outcome = 'painted';
    this.#failures = 0;
    this.#painted += shots.length;
    if (this.#painted > TRIAL) this.#rebuilds = 0;
    outlet.painted(shots.length, platform().now() - begun);
  }

  /** Number of the frame, for the present extractor, whose mouth is seen at a media time of the movement. */
  #indexOf(time: number): number {
    // Sums of times are a little less than they should be; rows are found by rounding down.
    return (time + LEAD - this.#origin / SPEECH_RATE) * this.#settings.options.fps + 1e-6;
  }

  /** After a few failures in a row the networks are loaded anew, as long as that helps. */
  async #fail(cause: LoquentError): Promise<void> {
    this.#failures += 1;
    if (this.#failures < PATIENCE) return;
    const { load, outlet } = this.#settings;
    const broken = this.#loaded;
    this.#loaded = null;
    this.#failures = 0;
    this.#painted = 0;
    this.#rebuilds += 1;
    try {
      await broken?.[Symbol.asyncDispose]();
      if (!this.works) throw cause;
      const loaded = await load();
      if (this.#closed) return await loaded[Symbol.asyncDispose]();
      this.#rows = this.#newRows(loaded);
      this.#loaded = loaded;
      outlet.rebuilt(cause);
    } catch (error) {
      this.#rebuilds = MOST_REBUILDS;
      if (!this.#closed) outlet.gaveUp(asLoquentError(error));
    }
  }
}
