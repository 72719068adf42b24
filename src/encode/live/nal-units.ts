/**
 * H.264 between containers, which put a length before each NAL unit, and streams (Annex B), which put a start code.
 *
 * @module
 */

const START_CODE = [0, 0, 0, 1] as const;
/** What nobody needs over RTP: supplemental information, access unit delimiters and filler. */
const LEFT_OUT: ReadonlySet<number> = new Set([6, 9, 12]);

/** The SPS and PPS of an AVCDecoderConfigurationRecord (ISO/IEC 14496-15). */
export function parameterSets(record: Uint8Array): Uint8Array[] {
  const sets: Uint8Array[] = [];
  let at = 5;
  for (const mask of [0x1f, 0xff]) {
    for (let left = record[at++]! & mask; left > 0; left -= 1) {
      const length = (record[at]! << 8) | record[at + 1]!;
      sets.push(record.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
  }
  return sets;
}

/** Splits NAL units that follow each other, each behind its length as 32 bits, leaving out what a receiver does not need. */
export function sizedUnits(bytes: Uint8Array): Uint8Array[] {
  const units: Uint8Array[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 4 < bytes.length; ) {
    const end = at + 4 + view.getUint32(at);
    if (!LEFT_OUT.has(bytes[at + 4]! & 0x1f)) units.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return units;
}

/** NAL units as one Annex B stream, in memory of its own. */
export function annexB(
  units: readonly Uint8Array[],
  before: Uint8Array = new Uint8Array(0),
): Uint8Array<ArrayBuffer> {
  const length = units.reduce((sum, unit) => sum + START_CODE.length + unit.length, before.length);
  const stream = new Uint8Array(length);
  stream.set(before);
  let at = before.length;
  for (const unit of units) {
    stream.set(START_CODE, at);
    stream.set(unit, at + START_CODE.length);
    at += START_CODE.length + unit.length;
  }
  return stream;
}
