/**
 * The vocabulary without what checks input from outside. Threads and kernels import this part: the library of the checks takes
 * longer to load than all they need.
 *
 * @module
 */
export * from './audio.ts';
export * from './avatar.ts';
export * from './background.ts';
export * from './errors.ts';
export * from './features.ts';
export * from './footage.ts';
export * from './geometry.ts';
export * from './lip-rig.ts';
export * from './motion.ts';
export * from './phones.ts';
export * from './picture.ts';
export * from './progress.ts';
export * from './units.ts';
