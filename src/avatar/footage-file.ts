/**
 * The avatar file of footage: the clips themselves as they were given, and what was found in them. Parts of the file (see
 * `part-file.ts`), `<c>` the number of a clip and `<f>` of a face, both from 0:
 *
 * | part | content |
 * |---|---|
 * | `clip<c>` | the clip's bytes |
 * | `clip<c>.look`, `.cut`, `.bodyMotion` | the summary, as in `FootageSummary` |
 * | `clip<c>.face<f>` | a record per frame, see `face-record.ts` |
 * | `clip<c>.face<f>.pose`, `.mouth`, `.eyes`, `.seen` | the rest of the summary |
 * | `clip<c>.face<f>.rest` | a record |
 * | `clip<c>.face<f>.portrait`, `.teeth` | a record, then compressed RGBA pixels |
 * | `clip<c>.face<f>.rig` | what a lip engine must know, see `lip-rig-record.ts` |
 *
 * @module
 */
import { z } from 'zod';
import {
  type FacePicture,
  type FootageFace,
  type FootageIdentity,
  type FootageSummary,
  type LipRig,
  LOOK_LENGTH,
  LoquentError,
  POSE_LENGTH,
  type TrackedFace,
} from '../core/index.ts';
import { platform } from '../platform/index.ts';
import { decodeFace, encodeFace, FACE_RECORD } from './face-record.ts';
import { decodeLipRig, encodeLipRig } from './lip-rig-record.ts';
import { PartFile, type PartFileWriter } from './part-file.ts';
import { fromPlanes, toPlanes } from './pixel-planes.ts';

/** Raised whenever the meaning or layout of the file changes: files of other versions cannot be read. */
export const FOOTAGE_VERSION = 2;

/** Pictures of faces are not larger, pixels. */
const LARGEST_PICTURE = 2048;

const count = z.int().min(0).max(1e9);
const pictureSize = z.strictObject({
  width: count.min(1).max(LARGEST_PICTURE),
  height: count.min(1).max(LARGEST_PICTURE),
});
const contentSchema = z.strictObject({
  id: z.string().regex(/^[0-9a-f]{64}$/),
  clips: z
    .array(
      z.strictObject({
        /** The file's name when it was given, for messages. */
        name: z.string().max(1000),
        /** How the clip is read; checked by the reader of clips. */
        format: z.unknown(),
        frameCount: count.min(1),
        /** Frames without any face. */
        emptyFrames: count,
        faces: z
          .array(
            z.strictObject({
              /** Median distance from forehead to chin, pixels. */
              height: z.number().positive(),
              /** Frames that show it. */
              seen: count,
              portrait: pictureSize,
              teeth: pictureSize.nullable(),
              /** As in `FootageIdentity`. */
              mouthLight: z.number().min(0).max(10).nullable().default(null),
            }),
          )
          .min(1)
          .max(64),
        warnings: z.array(z.strictObject({ code: z.string(), message: z.string() })).max(100),
      }),
    )
    .min(1)
    .max(1000),
});

/** The scalars of an avatar file of footage. */
export type FootageContent = z.infer<typeof contentSchema>;
/** The scalars of one face. */
export type FaceContent = FootageContent['clips'][number]['faces'][number];

/** Name of the part that holds a clip. */
export const clipPart = (clip: number): string => `clip${clip}`;
/** Name of the part that holds the records of a face. */
export const facePart = (clip: number, face: number): string => `clip${clip}.face${face}`;

/** The lists of a summary that belong to the clip, and those that belong to a face; with numbers per frame. */
const CLIP_LISTS = { look: LOOK_LENGTH, cut: 1, bodyMotion: 1 } as const;
const FACE_LISTS = { pose: POSE_LENGTH, mouth: 1, eyes: 1, seen: 1 } as const;

/** Writes what all faces of a clip share. */
export async function writeClipSummary(
  writer: PartFileWriter,
  clip: number,
  summary: Pick<FootageSummary, keyof typeof CLIP_LISTS>,
): Promise<void> {
  for (const name of Object.keys(CLIP_LISTS) as (keyof typeof CLIP_LISTS)[]) {
    await writer.add(`${clipPart(clip)}.${name}`, [summary[name]]);
  }
}

/** Writes everything about a face but its records. @returns Its scalars. */
export async function writeFace(
  writer: PartFileWriter,
  part: string,
  identity: FootageIdentity,
  summary: FootageSummary,
): Promise<Pick<FaceContent, 'portrait' | 'teeth' | 'mouthLight'>> {
  for (const name of Object.keys(FACE_LISTS) as (keyof typeof FACE_LISTS)[]) {
    const { buffer, byteOffset, byteLength } = summary[name];
    await writer.add(`${part}.${name}`, [new Uint8Array(buffer, byteOffset, byteLength)]);
  }
  await writer.add(`${part}.rest`, [encodeFace(identity.rest)]);
  const { portrait, teeth, mouthLight } = identity;
  const packed = [portrait, teeth].map((shown) => shown && platform().deflate(toPlanes(shown.picture.data)));
  // Pixels are packed beside the main thread, which makes the rig.
  const [[portraitPixels, teethPixels], rig] = await Promise.all([
    Promise.all(packed),
    makeLipRig(asRead(identity)),
  ]);
  await writer.add(`${part}.rig`, [await encodeLipRig(rig)]);
  await writer.add(`${part}.portrait`, [encodeFace(portrait.face), portraitPixels!]);
  if (teeth) await writer.add(`${part}.teeth`, [encodeFace(teeth.face), teethPixels!]);
  return { portrait: sizeOf(portrait), teeth: teeth && sizeOf(teeth), mouthLight };
}

const sizeOf = ({ picture: { width, height } }: FacePicture): z.infer<typeof pictureSize> => ({
  width,
  height,
});

/** An open avatar file of footage. Disposing closes it. */
export interface FootageFile extends AsyncDisposable {
  readonly content: FootageContent;
  /** Path as a child process takes it. */
  readonly path: string;
  /** Length of the file. */
  readonly bytes: number;
  /** Where the bytes of a clip lie in the file. */
  clip(clip: number): { readonly offset: number; readonly length: number };
  /** Reads what is known about a face; its frames are read when they are asked for. */
  face(clip: number, face: number): Promise<FootageFace>;
  /** Checks every byte of the file. @throws LoquentError `AVATAR_CORRUPT`, `CANCELLED`. */
  verify(signal?: AbortSignal): Promise<void>;
}

/** @throws LoquentError `INPUT_*`, `AVATAR_CORRUPT`, `AVATAR_VERSION`, `AVATAR_KIND`. */
export async function openFootageFile(path: string | URL): Promise<FootageFile> {
  const file = await PartFile.open(path, FOOTAGE_VERSION);
  try {
    const parsed = contentSchema.safeParse(file.content);
    if (!parsed.success) throw corrupt('its description is incomplete', parsed.error);
    return new OpenFootageFile(file, parsed.data);
  } catch (error) {
    await file[Symbol.asyncDispose]();
    throw error;
  }
}

class OpenFootageFile implements FootageFile {
  readonly content: FootageContent;
  readonly #file: PartFile;
  /** What all faces of a clip share, by clip. */
  readonly #shared = new Map<number, Promise<Pick<FootageSummary, keyof typeof CLIP_LISTS>>>();

  constructor(file: PartFile, content: FootageContent) {
    this.#file = file;
    this.content = content;
  }

  get path(): string {
    return this.#file.path;
  }

  get bytes(): number {
    return this.#file.bytes;
  }

  clip(clip: number): { readonly offset: number; readonly length: number } {
    return this.#file.place(clipPart(clip));
  }

  async face(clip: number, face: number): Promise<FootageFace> {
    const { frameCount } = this.content.clips[clip]!;
    const part = facePart(clip, face);
    if (this.#file.place(part).length !== frameCount * FACE_RECORD) {
      throw corrupt(`the part "${part}" has an impossible length`);
    }
    let shared = this.#shared.get(clip);
    if (!shared) {
      shared = this.#readShared(clip, frameCount);
      this.#shared.set(clip, shared);
    }
    const poseBytes = await this.#list(`${part}.pose`, frameCount * POSE_LENGTH * 4);
    const summary: FootageSummary = {
      ...(await shared),
      pose: new Float32Array(poseBytes.buffer),
      mouth: await this.#list(`${part}.mouth`, frameCount),
      eyes: await this.#list(`${part}.eyes`, frameCount),
      seen: await this.#list(`${part}.seen`, frameCount),
    };
    return {
      summary,
      identity: () => this.#identity(clip, face),
      lipRig: () => this.#lipRig(clip, face),
      at: async (index) => {
        if (!(index >= 0 && index < frameCount)) return null;
        return decodeFace(await this.#file.readAt(part, index * FACE_RECORD, FACE_RECORD));
      },
    };
  }

  async #identity(clip: number, face: number): Promise<FootageIdentity> {
    const part = facePart(clip, face);
    const { portrait, teeth, mouthLight } = this.content.clips[clip]!.faces[face]!;
    return {
      rest: known(decodeFace(await this.#file.read(`${part}.rest`)), `${part}.rest`),
      portrait: await this.#picture(`${part}.portrait`, portrait),
      teeth: teeth && (await this.#picture(`${part}.teeth`, teeth)),
      mouthLight,
    };
  }

  async #lipRig(clip: number, face: number): Promise<LipRig> {
    const rig = await decodeLipRig(await this.#file.read(`${facePart(clip, face)}.rig`));
    if (rig) return rig;
    // Another release wrote the file.
    return makeLipRig(await this.#identity(clip, face));
  }

  verify(signal?: AbortSignal): Promise<void> {
    return this.#file.verify(signal);
  }

  async #readShared(clip: number, frames: number): Promise<Pick<FootageSummary, keyof typeof CLIP_LISTS>> {
    const read = (name: keyof typeof CLIP_LISTS): Promise<Uint8Array> =>
      this.#list(`${clipPart(clip)}.${name}`, frames * CLIP_LISTS[name]);
    return { look: await read('look'), cut: await read('cut'), bodyMotion: await read('bodyMotion') };
  }

  async #list(name: string, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = await this.#file.read(name);
    if (bytes.length !== length) throw corrupt(`the part "${name}" has an impossible length`);
    return bytes;
  }

  async #picture(name: string, { width, height }: z.infer<typeof pictureSize>): Promise<FacePicture> {
    const bytes = await this.#file.read(name);
    const face = known(decodeFace(bytes.subarray(0, FACE_RECORD)), name);
    try {
      const data = fromPlanes(await platform().inflate(bytes.subarray(FACE_RECORD), width * height * 4));
      return { picture: { width, height, data }, face };
    } catch (error) {
      throw corrupt(`the part "${name}" cannot be unpacked`, error);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.#file[Symbol.asyncDispose]());
  }
}

/** Loads what makes rigs. Files that bring theirs have no use for it. */
export const loadLipRigs = () => import('./preparation/lip-rig.ts');

async function makeLipRig(identity: FootageIdentity): Promise<LipRig> {
  const { prepareLipRig } = await loadLipRigs();
  return prepareLipRig(identity);
}

/** An identity as it comes back from the file: records round positions. */
function asRead({ rest, portrait, teeth, mouthLight }: FootageIdentity): FootageIdentity {
  const rounded = (face: TrackedFace): TrackedFace => known(decodeFace(encodeFace(face)), 'face');
  return {
    rest: rounded(rest),
    portrait: { ...portrait, face: rounded(portrait.face) },
    teeth: teeth && { ...teeth, face: rounded(teeth.face) },
    mouthLight,
  };
}

function known(face: TrackedFace | null, name: string): TrackedFace {
  if (!face) throw corrupt(`the part "${name}" shows no face`);
  return face;
}

const corrupt = (what: string, cause?: unknown): LoquentError =>
  new LoquentError('AVATAR_CORRUPT', `The avatar file is damaged: ${what}.`, { cause });
