import type { FootageClip, FootageFace } from '../core/index.ts';
import { copyVideoFrame, i420Length } from '../kernels/colour/index.ts';
import { ClipPlayer } from './clip-player.ts';
import type { PlannedFrame } from './cut-to-movements.ts';
import type { Take } from './repaint-thread.ts';
import type { FilmedFrame } from './repaint-worker.ts';
import type { Repainter } from './repainter.ts';

/** Seconds before a dissolve at which reading at its other place begins: seeking takes a while. */
const RUN_UP = 0.8;

/** Fetches the pictures and faces that a cut asks for. */
export class FootageTakes implements AsyncDisposable {
  readonly #clip: FootageClip;
  readonly #people: readonly FootageFace[];
  readonly #thread: Repainter;
  /** Reads what is shown; the other one reads what will be blended in. */
  #main: ClipPlayer;
  #other: ClipPlayer;
  /** Whether the other one has been told what comes, or is at it. */
  #expecting = false;

  /**
   * @param people - Who speaks.
   * @param thread - Gives the memory that frames are copied into.
   */
  constructor(
    clip: FootageClip,
    people: readonly FootageFace[],
    thread: Repainter,
    signal: AbortSignal | undefined,
  ) {
    this.#clip = clip;
    this.#people = people;
    this.#thread = thread;
    this.#main = new ClipPlayer(clip, signal);
    this.#other = new ClipPlayer(clip, signal);
  }

  /** Begins to read from a frame of the clip on: the one that the cut begins with. */
  begin(start: number): Promise<void> {
    return this.#main.prepare(start);
  }

  /**
   * Every frame of the result, in order. Reading runs ahead of the cut, so that dissolves are ready in time: not at all at first,
   * so that the first frame comes at once, then further and further.
   */
  async *all(plan: AsyncIterable<PlannedFrame>): AsyncGenerator<Take, void, undefined> {
    const farthest = Math.round(RUN_UP * this.#clip.fps);
    const waiting: PlannedFrame[] = [];
    let given = 0;
    for await (const planned of plan) {
      if (planned.shot.blend && !this.#expecting) {
        this.#expecting = true;
        await this.#other.prepare(planned.shot.blend.frame);
      }
      waiting.push(planned);
      if (waiting.length <= Math.min(farthest, given / 2)) continue;
      given += 1;
      yield await this.#take(waiting.shift()!);
    }
    for (const planned of waiting) yield await this.#take(planned);
  }

  async #take({ shot, motions }: PlannedFrame): Promise<Take> {
    if (!shot.blend && this.#other.index >= 0) {
      // The dissolve is over: what was blended in goes on alone.
      [this.#main, this.#other] = [this.#other, this.#main];
      await this.#other.rest();
      this.#expecting = false;
    }
    const frame = await this.#filmed(this.#main, shot.frame);
    const over = shot.blend && {
      ...(await this.#filmed(this.#other, shot.blend.frame)),
      weight: shot.blend.weight,
    };
    return { frame, over, motions };
  }

  async #filmed(player: ClipPlayer, index: number): Promise<FilmedFrame> {
    const [picture, ...faces] = await Promise.all([
      player.frame(index),
      ...this.#people.map((person) => person.at(index)),
    ]);
    const planes = this.#thread.memory(i420Length(this.#clip.width, this.#clip.height));
    copyVideoFrame(picture, planes);
    return { planes, faces, number: index };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#main[Symbol.asyncDispose]();
    await this.#other[Symbol.asyncDispose]();
  }
}
