import { encodeAvatar } from '../avatar/file.ts';
import { frameShot } from '../compose/framing.ts';
import {
  type Avatar,
  avatarSchema,
  parseOptions,
  renderSchema,
  SPEECH_RATE,
  seconds,
  type Warning,
} from '../core/index.ts';
import { encodeJpeg } from '../media/image.ts';
import { platform } from '../platform/index.ts';
import { loadIfAvatar } from './avatar-file.ts';
import { moveTo } from './move.ts';
import { prepareCached } from './prepare-avatar.ts';
import { takeRenderCrew } from './render-crew.ts';
import { StageClock } from './trace.ts';

/** Quality of a still picture as JPEG, 1..100. */
const STILL_QUALITY = 85;

/**
 * Opens somebody to speak to: a prepared avatar, or a photo, which is prepared and kept for the next time.
 *
 * @throws LoquentError `INPUT_*`, `IMAGE_*`, `FACE_*`, `AVATAR_*`, `CANCELLED`.
 */
export async function openLiveAvatar(
  source: string,
  onWarning: (warning: Warning) => void,
  signal?: AbortSignal,
): Promise<Avatar> {
  const ready = await loadIfAvatar(source);
  if (ready) return ready;
  const prepared = await prepareCached(source, undefined, parseOptions(avatarSchema, {}), signal, onWarning);
  await prepared.keep();
  return prepared.avatar;
}

/** An avatar's file, as viewers who draw themselves get it. */
export interface AvatarFile {
  readonly bytes: Uint8Array;
  /** SHA-256 of the bytes, lower-case hex. */
  readonly sha256: string;
}

/** The file of an avatar. */
export async function avatarFile(avatar: Avatar): Promise<AvatarFile> {
  const bytes = await encodeAvatar(avatar);
  return { bytes, sha256: await platform().sha256(bytes) };
}

/** The avatar at rest as JPEG, as a stream of the same size begins; drawn in a thread of its own. */
export async function avatarStill(avatar: Avatar, size: number): Promise<Uint8Array> {
  async function* moment() {
    yield { samples: new Float32Array(SPEECH_RATE / 25), time: seconds(0) };
  }
  const options = parseOptions(renderSchema, { size, still: true });
  const clock = new StageClock();
  const { mouthStyle: style, rig } = avatar;
  const movements = moveTo(moment(), options, { clock, style, limits: rig.limits, pace: 'stream' });
  await using crew = takeRenderCrew();
  let picture: Uint8Array | undefined;
  const framing = frameShot(avatar, options.crop, options.size);
  for await (const { width, height, data } of crew.draw(avatar, movements, options, framing, { clock })) {
    picture = await encodeJpeg({ width, height, data }, STILL_QUALITY);
  }
  return picture!;
}
