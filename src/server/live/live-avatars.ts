import { type Avatar, LoquentError } from '../../core/index.ts';
import { type AvatarFile, avatarFile, avatarStill } from '../../pipeline/live-avatars.ts';

/** Somebody who can be spoken to. */
export interface LiveAvatarInfo {
  /** By which sessions ask for it. */
  readonly id: string;
  /** What people call it. */
  readonly name: string;
}

/** An avatar that is ready to be spoken to. */
export interface OpenedAvatar {
  readonly avatar: Avatar;
  /** Its file, for viewers who draw it themselves. */
  file(): Promise<AvatarFile>;
}

/** Who can be spoken to. */
export interface LiveAvatars {
  /** Those of a principal, the usual one first. */
  list(owner: string): Promise<readonly LiveAvatarInfo[]>;
  /** Opens one of them. @throws LoquentError `AVATAR_NOT_FOUND`, and whatever its file is not fit for. */
  open(owner: string, id: string): Promise<OpenedAvatar>;
  /** One of them at rest, JPEG. @throws LoquentError `AVATAR_NOT_FOUND`. */
  picture(owner: string, id: string): Promise<Uint8Array>;
}

/** Longer side of the pictures of avatars, pixels. */
const STILL_SIZE = 512;

/** The same avatars for everybody, by name. */
export function sharedAvatars(avatars: ReadonlyMap<string, Avatar>): LiveAvatars {
  const files = new Map<string, Promise<AvatarFile>>();
  const stills = new Map<string, Promise<Uint8Array>>();
  const find = (name: string): Avatar => {
    const avatar = avatars.get(name);
    if (avatar) return avatar;
    const known = [...avatars.keys()].join(', ');
    throw new LoquentError('AVATAR_NOT_FOUND', `There is no avatar "${name}"; known are ${known}.`);
  };
  return {
    list: async () => [...avatars.keys()].map((name) => ({ id: name, name })),
    async open(_owner, name) {
      const avatar = find(name);
      return { avatar, file: () => once(files, name, () => avatarFile(avatar)) };
    },
    async picture(_owner, name) {
      const avatar = find(name);
      return once(stills, name, () => avatarStill(avatar, STILL_SIZE));
    },
  };
}

/** What was made for a name, or is made now. */
function once<T>(made: Map<string, Promise<T>>, name: string, make: () => Promise<T>): Promise<T> {
  const one = made.get(name) ?? make();
  made.set(name, one);
  return one;
}
