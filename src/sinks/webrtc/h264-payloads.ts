/**
 * H.264 access units as RTP payloads (RFC 6184, packetization mode 1).
 *
 * @module
 */

import { LARGEST_PAYLOAD } from './rtp-stream.ts';

const FU_A = 28;
const STAP_A = 24;
/** Bytes of a STAP-A before each NAL unit that it holds. */
const STAP_LENGTH = 2;

/**
 * The NAL units of an access unit in Annex B form: views of `data` between its start codes. Bytes before the first start
 * code are no NAL unit.
 */
export function nalUnits(data: Uint8Array): Uint8Array[] {
  const units: Uint8Array[] = [];
  let begin = -1;
  let zeros = 0;
  for (let i = 0; i < data.length; i += 1) {
    const byte = data[i]!;
    if (byte === 1 && zeros >= 2) {
      if (begin >= 0) addUnit(units, data, begin, i - zeros);
      begin = i + 1;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  if (begin >= 0) addUnit(units, data, begin, data.length - zeros);
  return units;
}

function addUnit(units: Uint8Array[], data: Uint8Array, begin: number, end: number): void {
  if (end > begin) units.push(data.subarray(begin, end));
}

/**
 * Cuts an access unit into RTP payloads: small NAL units next to each other (SPS, PPS) share a STAP-A, those that fit go
 * alone, larger ones become FU-A fragments of nearly equal length.
 *
 * @param accessUnit - Annex B.
 * @param largest - Most bytes of a payload.
 * @returns Payloads in order; the last one gets the marker bit. Empty if there is no NAL unit.
 */
export function h264Payloads(accessUnit: Uint8Array, largest: number = LARGEST_PAYLOAD): Uint8Array[] {
  const payloads: Uint8Array[] = [];
  let group: Uint8Array[] = [];
  let groupBytes = 1;
  const endGroup = (): void => {
    if (group.length === 1) payloads.push(group[0]!);
    else if (group.length > 1) payloads.push(aggregate(group, groupBytes));
    group = [];
    groupBytes = 1;
  };
  for (const unit of nalUnits(accessUnit)) {
    if (unit.length > largest) {
      endGroup();
      addFragments(payloads, unit, largest);
      continue;
    }
    if (groupBytes + STAP_LENGTH + unit.length > largest) endGroup();
    group.push(unit);
    groupBytes += STAP_LENGTH + unit.length;
  }
  endGroup();
  return payloads;
}

function aggregate(units: readonly Uint8Array[], bytes: number): Uint8Array {
  const payload = new Uint8Array(bytes);
  // The forbidden bit of any, and the highest importance of all.
  let header = 0;
  for (const unit of units) header |= unit[0]! & 0x80;
  header |= Math.max(...units.map((unit) => unit[0]! & 0x60));
  payload[0] = header | STAP_A;
  let at = 1;
  for (const unit of units) {
    payload[at] = unit.length >> 8;
    payload[at + 1] = unit.length & 0xff;
    payload.set(unit, at + STAP_LENGTH);
    at += STAP_LENGTH + unit.length;
  }
  return payload;
}

function addFragments(payloads: Uint8Array[], unit: Uint8Array, largest: number): void {
  const header = unit[0]!;
  const bytes = unit.length - 1;
  const count = Math.ceil(bytes / (largest - 2));
  for (let i = 0; i < count; i += 1) {
    const begin = 1 + Math.floor((i * bytes) / count);
    const end = 1 + Math.floor(((i + 1) * bytes) / count);
    const payload = new Uint8Array(2 + end - begin);
    payload[0] = (header & 0xe0) | FU_A;
    payload[1] = (i === 0 ? 0x80 : 0) | (i === count - 1 ? 0x40 : 0) | (header & 0x1f);
    payload.set(unit.subarray(begin, end), 2);
    payloads.push(payload);
  }
}
