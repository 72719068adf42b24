/** The thread in which a {@link RepaintThread} gives faces of footage new mouths. @module */
import { FaceMorph } from '../compose/face-morph.ts';
import type { LipRig, MotionFrame, Rect, Size, TrackedFace, VideoFrame } from '../core/index.ts';
import type { LipRenderer } from '../engines/engine.ts';
import { lipEngine } from '../engines/lip/index.ts';
import { videoFrameOf } from '../kernels/colour/index.ts';
import { platform, type WorkerPort } from '../platform/index.ts';
import { serve } from '../platform/remote-calls.ts';
import { cropPlanes, mixPlanes } from './plane-edits.ts';

/** A frame of footage, and the faces in it. */
export interface FilmedFrame {
  /** Its planes one after the other, in memory that both threads see. */
  readonly planes: Uint8Array;
  /** One for each person that speaks; `null` where the face is not seen. */
  readonly faces: readonly (TrackedFace | null)[];
  /** Number of the frame in its clip, where it may come again. */
  readonly number?: number;
}

/** A frame that is blended into another one. */
export interface BlendedFrame extends FilmedFrame {
  /** Its share, 0..1. */
  readonly weight: number;
}

/** What the main thread can ask for. */
export interface RepaintCalls {
  /**
   * Makes the renderers, one for each person that speaks.
   *
   * @param crop - The part of the frame that is wanted, even edges; it comes back at the start of `planes`.
   */
  load(people: readonly LipRig[], size: Size, crop: Rect | null): Promise<number>;
  /**
   * Gives every person in the frame the mouth that the movement at the same place asks for.
   *
   * @returns Milliseconds spent.
   */
  repaint(frame: FilmedFrame, motions: readonly MotionFrame[], over: BlendedFrame | null): Promise<number>;
  /** Gives the renderers' memory back. */
  rest(): Promise<void>;
}

/** Called once in the new thread. */
export function start(port: WorkerPort): void {
  let renderers: LipRenderer[] = [];
  let size: Size = { width: 0, height: 0 };
  let crop: Rect | null = null;
  let rigid: LipRig['rigid'] = new Uint16Array(0);
  let morph: FaceMorph | null = null;
  const speak = ({ planes, faces }: FilmedFrame, motions: readonly MotionFrame[]) => {
    const frame = videoFrameOf(planes, size.width, size.height);
    for (const [person, renderer] of renderers.entries()) {
      const face = faces[person];
      if (face) renderer.repaint(frame, face, motions[person]!);
    }
  };
  /** Brings the faces that both frames show to the same places. */
  const align = async (frame: FilmedFrame, over: BlendedFrame) => {
    morph ??= await FaceMorph.load(size, rigid);
    const [one, other] = [frame, over].map(({ planes }) => videoFrameOf(planes, size.width, size.height)) as [
      VideoFrame,
      VideoFrame,
    ];
    for (const person of renderers.keys()) {
      const [face, overFace] = [frame.faces[person], over.faces[person]];
      if (face && overFace) morph.align(one, face, other, overFace, over.weight);
    }
  };
  serve<RepaintCalls>(port, {
    async load(people, frameSize, part) {
      const begun = platform().now();
      [size, crop] = [frameSize, part];
      rigid = people[0]!.rigid;
      renderers = await Promise.all(people.map((rig) => lipEngine.load(rig, size)));
      return platform().now() - begun;
    },
    async repaint(frame, motions, over) {
      const begun = platform().now();
      const { planes } = frame;
      speak(frame, motions);
      if (over) {
        speak(over, motions);
        await align(frame, over);
        mixPlanes(planes, over.planes, over.weight);
      }
      if (crop) cropPlanes(planes, size, crop);
      return platform().now() - begun;
    },
    async rest() {
      for (const renderer of renderers.splice(0)) renderer[Symbol.dispose]();
      morph = null;
    },
  });
}
