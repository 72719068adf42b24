/**
 * Loquent in a web page: draws prepared avatars with the same renderer and kernels as everywhere else, and lets them speak with a
 * published network.
 *
 * @packageDocumentation
 */

import './platform/browser/use.ts';

export { decodeAvatar } from './avatar/file.ts';
export { neutralMotion } from './core/index.ts';
export { decodeMotion, encodeMotion } from './motion/motion-packet.ts';
export { IdleMovement } from './pipeline/browser/idle.ts';
export {
  MotionViewer,
  type MotionViewerStats,
  type SoundPosition,
} from './pipeline/browser/motion-viewer.ts';
export {
  openPageNetwork,
  type PageModel,
  type PageNetwork,
  type PageRuntime,
} from './pipeline/browser/page-network.ts';
export { openPortrait, type Portrait } from './pipeline/browser/portrait.ts';
export {
  openSpeakingPortrait,
  type SpeakingPortrait,
  type SpeakingPortraitOptions,
  type SpeakingPortraitReport,
} from './pipeline/browser/speaking-portrait.ts';
