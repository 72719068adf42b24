import { annexB, parameterSets, sizedUnits } from './nal-units.ts';
import type { CodedPicture } from './picture-codings.ts';

/** Bytes of an FLV file's header and of the size that follows it. */
const FILE_HEADER = 13;
/** Bytes in front of a tag's body, and the size behind it. */
const TAG_HEADER = 11;
const TAG_TRAILER = 4;
const VIDEO_TAG = 9;
/** In front of the AVC data of a video tag: frame type and codec, packet type, composition time. */
const VIDEO_HEADER = 5;
const KEY_FRAME = 1;
const CONFIGURATION = 0;
const ACCESS_UNIT = 1;

/**
 * Reads H.264 out of an FLV stream as it comes. FLV says how long each picture is, so that a picture is known to be whole
 * when its last byte has come; a bare stream of NAL units would tell that with the next picture only.
 */
export class FlvPictureReader {
  #bytes = new Uint8Array(0);
  #started = false;
  /** SPS and PPS with start codes. */
  #parameters = new Uint8Array(0);

  /** Takes the next bytes and returns the pictures that they complete. */
  push(bytes: Uint8Array): CodedPicture[] {
    const joined = new Uint8Array(this.#bytes.length + bytes.length);
    joined.set(this.#bytes);
    joined.set(bytes, this.#bytes.length);
    let at = 0;
    if (!this.#started) {
      if (joined.length < FILE_HEADER) {
        this.#bytes = joined;
        return [];
      }
      this.#started = true;
      at = FILE_HEADER;
    }
    const units: CodedPicture[] = [];
    while (joined.length - at >= TAG_HEADER) {
      const length = (joined[at + 1]! << 16) | (joined[at + 2]! << 8) | joined[at + 3]!;
      if (joined.length - at < TAG_HEADER + length + TAG_TRAILER) break;
      const body = joined.subarray(at + TAG_HEADER, at + TAG_HEADER + length);
      if (joined[at] === VIDEO_TAG) this.#read(body, units);
      at += TAG_HEADER + length + TAG_TRAILER;
    }
    this.#bytes = joined.slice(at);
    return units;
  }

  #read(body: Uint8Array, units: CodedPicture[]): void {
    const content = body.subarray(VIDEO_HEADER);
    if (body[1] === CONFIGURATION) this.#parameters = annexB(parameterSets(content));
    else if (body[1] === ACCESS_UNIT) {
      const key = body[0]! >> 4 === KEY_FRAME;
      const data = annexB(sizedUnits(content), key ? this.#parameters : undefined);
      if (data.length > 0) units.push({ data, key });
    }
  }
}
