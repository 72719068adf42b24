import { FaceMorph } from '../../compose/face-morph.ts';
import { type LipRig, type Rect, type Size, throwIfAborted, type VideoFrame } from '../../core/index.ts';
import type { HearingRenderer, HearingShot } from '../../engines/hearing-engine.ts';
import { videoFrameOf } from '../../kernels/colour/index.ts';
import { cropPlanes, mixPlanes } from '../plane-edits.ts';
import type { Take } from '../repaint-thread.ts';
import type { FilmedFrame } from '../repaint-worker.ts';
import type { Repainter } from '../repainter.ts';
import type { StageClock } from '../trace.ts';
import type { HeardMotion } from './heard-movements.ts';

/** Groups of frames under way: while the network computes one, the faces of the next are cut out. */
const UNDER_WAY = 2;

/** Repaints with an engine that hears. Networks compute in their own thread; cutting out and putting back happen here. */
export class HearingRepainter implements Repainter {
  readonly #renderer: HearingRenderer;
  readonly #spare: Uint8Array[] = [];
  #size: Size = { width: 0, height: 0 };
  #crop: Rect | null = null;
  #people: readonly LipRig[] = [];
  #morph: FaceMorph | null = null;

  constructor(renderer: HearingRenderer) {
    this.#renderer = renderer;
  }

  memory(length: number): Uint8Array {
    return this.#spare.pop() ?? new Uint8Array(length);
  }

  load(people: readonly LipRig[], size: Size, crop: Rect | null): void {
    this.#people = people;
    this.#size = size;
    this.#crop = crop;
  }

  async *draw(
    takes: AsyncIterable<Take>,
    { clock, signal }: { readonly clock: StageClock; readonly signal?: AbortSignal | undefined },
  ): AsyncGenerator<VideoFrame, void, undefined> {
    const { width, height } = this.#crop ?? this.#size;
    const groups: Promise<readonly Take[]>[] = [];
    const begin = (group: readonly Take[]): void => {
      const done = clock.measureAsync('render', () => this.#repaint(group, signal)).then(() => group);
      // A failure is thrown when its turn comes; until then it must not count as unhandled.
      done.catch(() => undefined);
      groups.push(done);
    };
    const handOut = async function* (
      this: HearingRepainter,
      atMost: number,
    ): AsyncGenerator<VideoFrame, void, undefined> {
      while (groups.length > atMost) {
        for (const take of await groups.shift()!) {
          throwIfAborted(signal);
          const planes = await this.#finish(take);
          yield videoFrameOf(planes, width, height);
          this.#spare.push(planes);
        }
      }
    }.bind(this);
    let group: Take[] = [];
    for await (const take of takes) {
      group.push(take);
      if (group.length < this.#renderer.batch) continue;
      begin(group);
      group = [];
      yield* handOut(UNDER_WAY);
    }
    if (group.length > 0) begin(group);
    yield* handOut(0);
  }

  async #repaint(group: readonly Take[], signal: AbortSignal | undefined): Promise<void> {
    const shots: HearingShot[] = [];
    for (const { frame, over, motions } of group) {
      for (const [layer, filmed] of (over ? [frame, over] : [frame]).entries()) {
        const picture = this.#frameOf(filmed);
        for (const [person, face] of filmed.faces.entries()) {
          if (!face) continue;
          const { heard } = motions[person] as HeardMotion;
          const source = filmed.number === undefined ? null : `${person}:${filmed.number}`;
          shots.push({ frame: picture, face, heard, sequence: 2 * person + layer, source });
        }
      }
    }
    await this.#renderer.repaint(shots, signal);
  }

  /** Dissolves and crops. */
  async #finish({ frame, over }: Take): Promise<Uint8Array> {
    const { planes } = frame;
    if (over) {
      await this.#align(frame, over, over.weight);
      mixPlanes(planes, over.planes, over.weight);
      this.#spare.push(over.planes);
    }
    if (this.#crop) cropPlanes(planes, this.#size, this.#crop);
    return planes;
  }

  /** Brings the faces that both frames show to the same places. */
  async #align(frame: FilmedFrame, over: FilmedFrame, weight: number): Promise<void> {
    const [first] = this.#people;
    if (!first) return;
    this.#morph ??= await FaceMorph.load(this.#size, first.rigid);
    for (const person of this.#people.keys()) {
      const [face, overFace] = [frame.faces[person], over.faces[person]];
      if (face && overFace)
        this.#morph.align(this.#frameOf(frame), face, this.#frameOf(over), overFace, weight);
    }
  }

  #frameOf({ planes }: FilmedFrame): VideoFrame {
    return videoFrameOf(planes, this.#size.width, this.#size.height);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#spare.length = 0;
  }
}
