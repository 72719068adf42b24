/** From a photo and its landmarks to an avatar. @module */

export { prepareLipRig } from './lip-rig.ts';
export { type AvatarParts, buildAvatar } from './prepare-avatar.ts';
export { matteSquare, movingRegion } from './region.ts';
export { bodySquare, cutBody } from './surround.ts';
export { readTeethPhoto, type TeethPhoto } from './teeth-photo.ts';
