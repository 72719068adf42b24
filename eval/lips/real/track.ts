/**
 * Lips in a video: how far they are apart and how wide the mouth is, frame by frame, by the product's own face
 * analysis. Tracks are kept in the cache by the content of the file.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { createFaceAnalyser, type Face, type FaceAnalyser } from '../../../src/avatar/analysis/index.ts';
import { LoquentError, type Picture, type Rect, seconds } from '../../../src/core/index.ts';
import { readVideoFrames } from '../../../src/media/video-frames.ts';
import { cached, cachePath, digest, streamProgram, type Watch } from '../host.ts';

/** Frames per second of a track, whatever the video has. */
export const TRACK_RATE = 25;

/** Lips over time; frame `i` is at `i / 25` s. `null` where no face was found. */
export interface LipTrack {
  /** Distance of the inner lips (landmarks 13 and 14) over that of the outer corners of the eyes (33 and 263). */
  readonly aperture: readonly (number | null)[];
  /** Distance of the corners of the mouth (61 and 291) over that of the eyes. */
  readonly width: readonly (number | null)[];
}

/** Changes whenever tracks must be made anew. */
const VERSION = '1';
/** Frames per second in which the face is looked for first, and their longer side in pixels. */
const SURVEY = { rate: 2, side: 640 } as const;
/** Side of the square around the face that is tracked, pixels, and its size in face sizes. */
const TRACKED = { side: 448, margin: 1.5 } as const;

/** Tracks the largest face of a video. Needs FFmpeg. @throws LoquentError `FACE_NOT_FOUND`, `VIDEO_UNSUPPORTED`. */
export async function trackLips(path: string, watch: Watch): Promise<LipTrack> {
  const key = digest(VERSION, readFileSync(path));
  const bytes = await cached(cachePath('tracks', `${key}.json`), async () =>
    JSON.stringify(await trackAnew(path, watch)),
  );
  return JSON.parse(new TextDecoder().decode(bytes));
}

async function trackAnew(path: string, watch: Watch): Promise<LipTrack> {
  await using analyser = await createFaceAnalyser({ signal: watch.signal });
  const square = await surveyFace(path, analyser, TRACKED.margin, watch);
  const { x, y, width } = square;
  const filter = `fps=${TRACK_RATE}:start_time=0,crop=${width}:${width}:${x}:${y},scale=${TRACKED.side}:${TRACKED.side}`;
  const aperture: (number | null)[] = [];
  const lipWidth: (number | null)[] = [];
  let last: Face | undefined;
  for await (const picture of decode(path, filter, TRACKED.side, TRACKED.side, watch.signal)) {
    if (aperture.length % 25 === 0)
      watch.note(`tracking the lips of ${path}: ${aperture.length / TRACK_RATE} s`);
    const face = nearestFace(await analyser.findFaces(picture, { signal: watch.signal }), last);
    last = face ?? last;
    const eyes = face ? distance(face, 33, 263) : 0;
    aperture.push(face ? distance(face, 13, 14) / eyes : null);
    lipWidth.push(face ? distance(face, 61, 291) / eyes : null);
  }
  return { aperture: aperture.map(rounded), width: lipWidth.map(rounded) };
}

const rounded = (value: number | null): number | null => value && Number(value.toFixed(5));

function distance({ landmarks }: Face, a: number, b: number): number {
  return Math.hypot(landmarks[3 * a] - landmarks[3 * b], landmarks[3 * a + 1] - landmarks[3 * b + 1]);
}

/** The face that goes on with `last`: the largest one, or the nearest when there was one. */
export function nearestFace(faces: readonly Face[], last: Face | undefined): Face | undefined {
  if (!last) return faces[0];
  const away = ({ box }: Face) =>
    Math.hypot(
      box.x + box.width / 2 - last.box.x - last.box.width / 2,
      box.y + box.height / 2 - last.box.y - last.box.height / 2,
    );
  const near = faces.filter((face) => away(face) < last.box.width / 2);
  return near.sort((a, b) => away(a) - away(b))[0];
}

/**
 * A square that holds the face all through the video, in pixels of the video.
 *
 * @param margin - Least side of the square, in sizes of the largest face.
 * @throws LoquentError `FACE_NOT_FOUND`, `VIDEO_UNSUPPORTED`.
 */
export async function surveyFace(
  path: string,
  analyser: FaceAnalyser,
  margin: number,
  watch: Watch,
): Promise<Rect> {
  const size = await frameSize(path, watch.signal);
  const scale = Math.min(1, SURVEY.side / Math.max(size.width, size.height));
  const width = 2 * Math.round((size.width * scale) / 2);
  const height = 2 * Math.round((size.height * scale) / 2);
  const filter = `fps=${SURVEY.rate},scale=${width}:${height}`;
  const boxes: Rect[] = [];
  let last: Face | undefined;
  for await (const picture of decode(path, filter, width, height, watch.signal)) {
    watch.note(`looking for the face in ${path}: ${boxes.length / SURVEY.rate} s`);
    const face = nearestFace(await analyser.findFaces(picture, { signal: watch.signal }), last);
    if (!face) continue;
    last = face;
    boxes.push(face.box);
  }
  if (boxes.length === 0) throw new LoquentError('FACE_NOT_FOUND', `There is no face in "${path}".`);
  const left = Math.min(...boxes.map((box) => box.x));
  const top = Math.min(...boxes.map((box) => box.y));
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const bottom = Math.max(...boxes.map((box) => box.y + box.height));
  const largest = Math.max(...boxes.map((box) => Math.max(box.width, box.height)));
  const wanted = Math.max(right - left, bottom - top, margin * largest) / scale;
  const side = 2 * Math.floor(Math.min(wanted, size.width, size.height) / 2);
  const place = (middle: number, most: number) =>
    Math.round(Math.max(0, Math.min(most - side, middle / scale - side / 2)));
  return {
    x: place((left + right) / 2, size.width),
    y: place((top + bottom) / 2, size.height),
    width: side,
    height: side,
  };
}

async function frameSize(path: string, signal: AbortSignal): Promise<{ width: number; height: number }> {
  for await (const { width, height } of readVideoFrames(path, { from: seconds(0), count: 1, signal })) {
    return { width, height };
  }
  throw new LoquentError('VIDEO_UNSUPPORTED', `"${path}" holds no pictures.`);
}

/** Frames through a filter of FFmpeg that yields pictures of a known size. The receiver owns them. */
export async function* decode(
  path: string,
  filter: string,
  width: number,
  height: number,
  signal: AbortSignal,
): AsyncGenerator<Picture, void, undefined> {
  const output = ['-map', '0:v:0', '-vf', filter, '-pix_fmt', 'rgba', '-f', 'rawvideo', '-'];
  const args = ['-v', 'error', '-nostdin', '-i', `file:${path}`, ...output];
  let data = new Uint8Array(width * height * 4);
  let filled = 0;
  for await (const bytes of streamProgram('ffmpeg', args, signal)) {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + data.length - filled);
      data.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < data.length) continue;
      yield { width, height, data };
      data = new Uint8Array(width * height * 4);
      filled = 0;
    }
  }
}

/**
 * A track without holes: frames without a face are filled in between their neighbours.
 *
 * @returns `null` when a face was found in less than 80 % of the frames.
 */
export function withoutHoles(track: readonly (number | null)[]): Float64Array | null {
  const known = track.flatMap((value, index) => (value === null ? [] : [index]));
  if (known.length < 0.8 * track.length || known.length === 0) return null;
  let next = 0;
  return Float64Array.from(track, (value, index) => {
    if (value !== null) return value;
    while (next < known.length && known[next] < index) next++;
    const after = known[next] ?? known[next - 1];
    const before = known[next - 1] ?? after;
    const share = after === before ? 0 : (index - before) / (after - before);
    return track[before]! + share * (track[after]! - track[before]!);
  });
}
