/**
 * Tells formats by their content. File names are never believed: a playlist can be called `speech.wav`.
 *
 * @module
 */

/** A format recognised by its first bytes. */
export type Signature =
  | 'jpeg'
  | 'png'
  | 'apng'
  | 'webp'
  | 'webp-animated'
  | 'gif'
  | 'heif'
  | 'tiff'
  | 'bmp'
  | 'svg'
  | 'pdf'
  | 'wav'
  | 'mp3'
  | 'aac'
  | 'mp4'
  | 'ogg'
  | 'flac'
  | 'webm'
  | 'avi'
  | 'mpeg'
  | 'asf'
  | 'flv'
  | 'aiff'
  | 'text'
  | 'unknown';

/** How many bytes from the start of a file {@link sniff} wants to see. */
export const SNIFF_LENGTH = 4096;

/** Names for messages: "it is ...". */
export const SIGNATURE_NAMES: Readonly<Record<Signature, string>> = {
  jpeg: 'a JPEG picture',
  png: 'a PNG picture',
  apng: 'an animated PNG',
  webp: 'a WebP picture',
  'webp-animated': 'an animated WebP',
  gif: 'a GIF',
  heif: 'a HEIC or AVIF picture',
  tiff: 'a TIFF picture',
  bmp: 'a BMP picture',
  svg: 'an SVG drawing',
  pdf: 'a PDF document',
  wav: 'a WAV recording',
  mp3: 'an MP3 recording',
  aac: 'an AAC recording',
  mp4: 'an MP4 or QuickTime file',
  ogg: 'an Ogg file',
  flac: 'a FLAC recording',
  webm: 'a WebM or Matroska file',
  avi: 'an AVI video',
  mpeg: 'an MPEG video',
  asf: 'a Windows Media file',
  flv: 'a Flash video',
  aiff: 'an AIFF recording',
  text: 'text',
  unknown: 'of an unknown format',
};

/** ISO base media brands of still pictures and picture sequences. */
const PICTURE_BRANDS = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1', 'avif', 'avis'];

/**
 * Recognises a format.
 *
 * @param head - The first {@link SNIFF_LENGTH} bytes of the file, or all of it if it is shorter.
 */
export function sniff(head: Uint8Array): Signature {
  if (starts(head, [0xff, 0xd8, 0xff])) return 'jpeg';
  if (starts(head, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]))
    return isAnimatedPng(head) ? 'apng' : 'png';
  if (starts(head, [0x1a, 0x45, 0xdf, 0xa3])) return 'webm';
  if (starts(head, [0x30, 0x26, 0xb2, 0x75])) return 'asf';
  if (starts(head, [0x00, 0x00, 0x01, 0xba]) || starts(head, [0x00, 0x00, 0x01, 0xb3])) return 'mpeg';
  if (head[0] === 0x47 && head[188] === 0x47 && head[376] === 0x47) return 'mpeg';
  const four = ascii(head, 0, 4);
  const form = ascii(head, 8, 4);
  if (four === 'RIFF' || four === 'RF64' || four === 'BW64') {
    if (form === 'WAVE') return 'wav';
    if (form === 'WEBP')
      return ascii(head, 12, 4) === 'VP8X' && (head[20]! & 2) !== 0 ? 'webp-animated' : 'webp';
    if (form === 'AVI ') return 'avi';
  }
  if (four === 'FORM' && form.startsWith('AIF')) return 'aiff';
  if (four === 'OggS') return 'ogg';
  if (four === 'fLaC') return 'flac';
  if (four === 'GIF8') return 'gif';
  if (four === '%PDF') return 'pdf';
  if (four.startsWith('BM') && head[14]! >= 12 && head[15] === 0) return 'bmp';
  if (four.startsWith('FLV')) return 'flv';
  if (starts(head, [0x49, 0x49, 0x2a, 0x00]) || starts(head, [0x4d, 0x4d, 0x00, 0x2a])) return 'tiff';
  if (ascii(head, 4, 4) === 'ftyp') return PICTURE_BRANDS.includes(form) ? 'heif' : 'mp4';
  if (['moov', 'mdat', 'wide', 'free', 'skip'].includes(ascii(head, 4, 4))) return 'mp4';
  if (four.startsWith('ID3')) return afterId3(head);
  return mpegAudio(head) ?? textual(head);
}

function starts(bytes: Uint8Array, prefix: readonly number[]): boolean {
  return prefix.every((value, index) => bytes[index] === value);
}

function ascii(bytes: Uint8Array, offset: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + length));
}

/** Whether an `acTL` chunk with more than one frame stands before the picture data. */
function isAnimatedPng(head: Uint8Array): boolean {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  for (let at = 8; at + 12 <= head.length; ) {
    const length = view.getUint32(at);
    const type = ascii(head, at + 4, 4);
    if (type === 'IDAT') return false;
    if (type === 'acTL') return view.getUint32(at + 8) > 1;
    at += 12 + length;
  }
  return false;
}

/** An ID3 tag can stand before MPEG audio or FLAC; it may hold a picture and so be longer than the head. */
function afterId3(head: Uint8Array): Signature {
  const size =
    ((head[6]! & 127) << 21) | ((head[7]! & 127) << 14) | ((head[8]! & 127) << 7) | (head[9]! & 127);
  const rest = head.subarray(10 + size);
  if (rest.length < 4) return 'mp3';
  if (ascii(rest, 0, 4) === 'fLaC') return 'flac';
  return mpegAudio(rest) ?? 'mp3';
}

/** Looks for an MPEG audio or ADTS header: eleven or twelve set bits, then fields with forbidden values. */
function mpegAudio(head: Uint8Array): Signature | null {
  if (head.length < 4 || head[0] !== 0xff) return null;
  if ((head[1]! & 0xf6) === 0xf0) return 'aac';
  const versionForbidden = (head[1]! & 0x18) === 0x08;
  const layer = (head[1]! >> 1) & 3;
  const bitrate = head[2]! >> 4;
  const rate = (head[2]! >> 2) & 3;
  if ((head[1]! & 0xe0) !== 0xe0 || versionForbidden || layer === 0 || bitrate === 15 || rate === 3)
    return null;
  return 'mp3';
}

function textual(head: Uint8Array): Signature {
  if (/<svg[\s>]/i.test(new TextDecoder('utf-8').decode(head))) return 'svg';
  // Text holds no control characters except tab, line ends, form feed and escape.
  const controls = head.filter((byte) => byte < 9 || (byte > 13 && byte < 27)).length;
  return head.length > 0 && controls === 0 ? 'text' : 'unknown';
}
