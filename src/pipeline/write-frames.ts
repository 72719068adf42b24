import type { Frame, VideoFrame } from '../core/index.ts';
import type { VideoWriter } from '../encode/index.ts';
import type { StageClock } from './trace.ts';

/** Frames handed to the encoder but not yet taken by it: lets drawing and encoding run side by side. */
const FRAMES_IN_FLIGHT = 6;

/** Writes every frame. Returns their number. */
export async function writeFrames(
  frames: AsyncIterable<Frame | VideoFrame>,
  writer: VideoWriter,
  clock: StageClock,
  onFrame: (count: number) => void,
): Promise<number> {
  const inFlight: Promise<void>[] = [];
  let count = 0;
  for await (const frame of frames) {
    inFlight.push(write(writer, frame, clock));
    if (inFlight.length > FRAMES_IN_FLIGHT) await clock.measureAsync('encode', () => inFlight.shift()!);
    count += 1;
    onFrame(count);
  }
  await clock.measureAsync('encode', () => Promise.all(inFlight));
  return count;
}

/** Starts writing one frame; its pixels are consumed before this returns, so the next one may be drawn. */
function write(writer: VideoWriter, frame: Frame | VideoFrame, clock: StageClock): Promise<void> {
  const written = clock.measure('encode', () => writer.writeFrame(frame));
  // A failure is reported when the promise is awaited; until then it must not count as unhandled.
  written.catch(() => {});
  return written;
}
