import { IVF_FILE_HEADER, IVF_FRAME_HEADER } from './ivf.ts';
import type { CodedPicture } from './picture-codings.ts';

/** Reads VP8 out of an IVF stream as it comes: like FLV, it says how long each picture is. */
export class IvfPictureReader {
  #bytes = new Uint8Array(0);
  /** Bytes of the file's header that are still to come. */
  #header = IVF_FILE_HEADER;

  /** Takes the next bytes and returns the pictures that they complete. */
  push(bytes: Uint8Array): CodedPicture[] {
    const joined = new Uint8Array(this.#bytes.length + bytes.length);
    joined.set(this.#bytes);
    joined.set(bytes, this.#bytes.length);
    const view = new DataView(joined.buffer);
    const pictures: CodedPicture[] = [];
    let at = Math.min(this.#header, joined.length);
    this.#header -= at;
    while (joined.length - at >= IVF_FRAME_HEADER) {
      const begin = at + IVF_FRAME_HEADER;
      const end = begin + view.getUint32(at, true);
      if (end > joined.length) break;
      const data = joined.slice(begin, end);
      // The first bit of a frame is clear in key frames (RFC 6386, 9.1).
      if (data.length > 0) pictures.push({ data, key: (data[0]! & 1) === 0 });
      at = end;
    }
    this.#bytes = joined.slice(at);
    return pictures;
  }
}
