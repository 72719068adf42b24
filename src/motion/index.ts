/** Moving: speech frames into movement of a face, and movement into files. @module */

export { calibrateMouth, type MeasuredMouth, type MouthCalibration } from './calibration.ts';
export * from './export.ts';
export { lipsClosed } from './lip-contact.ts';
export { createMotion, LIVE_LOOK_AHEAD, type Motion, type MotionStageOptions } from './motion.ts';
export * from './mouth-cues.ts';
export * from './phones/index.ts';
export * from './viseme-export.ts';
