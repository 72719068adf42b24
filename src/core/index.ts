/** The vocabulary that joins the stages. @module */
export * from './basics.ts';
export * from './control-track.ts';
export * from './controls.ts';
export * from './face-choice.ts';
export * from './footage-position.ts';
export * from './live.ts';
export * from './options.ts';
export * from './review.ts';
