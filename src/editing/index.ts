/**
 * Which frame of which clip is shown when: footage of any length for speech of any length. Works on summaries alone and
 * never sees a picture.
 *
 * @module
 */
export { type Beginning, chooseBeginning, chooseClip } from './choice.ts';
export { Cutter, type CutterOptions, type MadeTransition, type Shot } from './cutter.ts';
export { type ClipToCut, Material } from './material.ts';
export { DISSOLVE, type Direction, LARGEST_DIFFERENCE } from './transitions.ts';
