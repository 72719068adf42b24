/** Bytes before the first frame. */
export const IVF_FILE_HEADER = 32;
/** Bytes before the pixels of each frame. */
export const IVF_FRAME_HEADER = 12;

/**
 * The beginning of an IVF stream of raw I420 frames: the simplest container that carries time stamps.
 *
 * @param ticks - Ticks of the time stamps per second, as a fraction.
 */
export function ivfHeader(
  width: number,
  height: number,
  ticks: { readonly numerator: number; readonly denominator: number },
): Uint8Array {
  const header = new Uint8Array(IVF_FILE_HEADER);
  const view = new DataView(header.buffer);
  header.set(new TextEncoder().encode('DKIF'), 0);
  view.setUint16(6, header.length, true);
  header.set(new TextEncoder().encode('I420'), 8);
  view.setUint16(12, width, true);
  view.setUint16(14, height, true);
  view.setUint32(16, ticks.numerator, true);
  view.setUint32(20, ticks.denominator, true);
  return header;
}

/** Writes the header of a frame in front of its pixels, of which `frame` holds {@link IVF_FRAME_HEADER} bytes more. */
export function writeIvfFrameHeader(frame: Uint8Array, tick: number): void {
  const view = new DataView(frame.buffer, frame.byteOffset, IVF_FRAME_HEADER);
  view.setUint32(0, frame.length - IVF_FRAME_HEADER, true);
  view.setBigUint64(4, BigInt(tick), true);
}
