/** The vocabulary that joins the stages. @module */
export * from './audio.ts';
export * from './avatar.ts';
export * from './background.ts';
export * from './control-track.ts';
export * from './controls.ts';
export * from './errors.ts';
export * from './features.ts';
export * from './footage.ts';
export * from './geometry.ts';
export * from './lip-rig.ts';
export * from './live.ts';
export * from './motion.ts';
export * from './options.ts';
export * from './phones.ts';
export * from './picture.ts';
export * from './progress.ts';
export * from './units.ts';
