import { readFile } from 'node:fs/promises';
import { LoquentError } from '../../core/index.ts';
import { loadAvatar } from '../../pipeline/avatar-file.ts';
import type { LiveAvatarInfo, LiveAvatars, OpenedAvatar } from '../live/live-avatars.ts';
import type { StoredResult } from '../work/job-input.ts';
import type { Workshop } from '../work/workshop.ts';

/** Avatars that stay opened, for the next session with one of them. */
const MOST_OPEN = 4;
/** Avatars that are listed to be spoken to, the newest first. */
const MOST_LISTED = 100;

/** The avatars of the library as people whom their owner can speak to. */
export function libraryAvatars({ queue, assets }: Workshop): LiveAvatars {
  const opened = new Map<string, Promise<OpenedAvatar>>();
  const resultOf = async (owner: string, id: string): Promise<StoredResult> => {
    const job = await queue.get(id);
    if (job?.owner === owner && job.kind === 'avatar' && job.state === 'done')
      return job.result as StoredResult;
    throw new LoquentError('AVATAR_NOT_FOUND', `You have no avatar "${id.slice(0, 40)}" that is ready.`);
  };
  const load = async (file: string): Promise<OpenedAvatar> => {
    const path = assets.pathOf(file);
    const avatar = await loadAvatar(path);
    const sha256 = (await assets.find(file))?.sha256 ?? '';
    return { avatar, file: async () => ({ bytes: await readFile(path), sha256 }) };
  };
  return {
    async list(owner) {
      const jobs = await queue.list({ owner, kind: 'avatar', state: 'done', limit: MOST_LISTED });
      return jobs.flatMap(({ id, input }): LiveAvatarInfo[] => {
        const { name, clip } = input as { readonly name?: string; readonly clip?: string };
        // Footage speaks in files only.
        return clip === undefined ? [{ id, name: name ?? id }] : [];
      });
    },
    async open(owner, id) {
      const { file } = await resultOf(owner, id);
      const avatar = opened.get(file) ?? load(file);
      // Moved to the end; the one at the beginning was not asked for longest.
      opened.delete(file);
      opened.set(file, avatar);
      if (opened.size > MOST_OPEN) opened.delete(opened.keys().next().value!);
      avatar.catch(() => opened.delete(file));
      return avatar;
    },
    async picture(owner, id) {
      const { picture } = await resultOf(owner, id);
      if (!picture) throw new LoquentError('AVATAR_NOT_FOUND', `The avatar "${id}" has no picture.`);
      return readFile(assets.pathOf(picture));
    },
  };
}
