/**
 * By how much a video is longer than its sound, in frames: at most half a frame can be helped.
 *
 * @param frames - Frames of the video.
 * @param fps - Frames per second.
 * @param sound - Length of the sound, seconds.
 */
export function durationError(frames: number, fps: number, sound: number): number {
  return frames - sound * fps;
}
