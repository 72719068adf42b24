/**
 * Loquent for Node: a portrait speaks.
 *
 * @packageDocumentation
 */

import './platform/node/use.ts';

export type { AvatarCache, CacheEntry, CacheKind, CacheOptions, CacheReport } from './avatar/cache.ts';
export { CACHE_KINDS, openCache } from './avatar/cache.ts';
export type { TimedText } from './compose/captions.ts';
export * from './core/index.ts';
export type { EngineInfo, MotionEngine, MotionRenderer, View } from './engines/engine.ts';
export { isVideo } from './media/ffmpeg-video.ts';
export { calibrateMouth, type MeasuredMouth, type MouthCalibration } from './motion/calibration.ts';
export * from './motion/export.ts';
export * from './motion/mouth-cues.ts';
export type { ParsePhonesOptions } from './motion/phones/index.ts';
export { parsePhones } from './motion/phones/index.ts';
export * from './motion/viseme-export.ts';
export { type AnyAvatar, loadAnyAvatar, loadAvatar, saveAvatar } from './pipeline/avatar-file.ts';
export type { CaptionsInput } from './pipeline/burned-captions.ts';
export {
  type ContactSheets,
  contactSheet,
  type SavedContactSheets,
  saveContactSheets,
} from './pipeline/contact-sheet.ts';
export type { FootageReport, FootageTransition } from './pipeline/footage-report.ts';
export { type Check, inspectSystem } from './pipeline/inspect-system.ts';
export { type LiveCapacity, type LiveRunOptions, measureLiveCapacity } from './pipeline/live/capacity.ts';
export { openLiveSession } from './pipeline/live/session.ts';
export {
  joinLiveKitRoom,
  type LiveKitAvatar,
  type LiveKitOptions,
  type LiveKitRoom,
} from './pipeline/livekit/join-room.ts';
export {
  MOTION_FORMATS,
  type MotionFormat,
  motionFormatOf,
  type SaveMotionOptions,
  saveMotion,
} from './pipeline/motion-file.ts';
export type { MeasuringModel, NetworkReview } from './pipeline/neural/network-review.ts';
export type { EngineReport } from './pipeline/neural/speaking-engine.ts';
export { type Footage, openFootage, type PreparedClip } from './pipeline/open-footage.ts';
export { readPhones } from './pipeline/phone-file.ts';
export { type PrepareOptions, prepareAvatar } from './pipeline/prepare-avatar.ts';
export { type PrepareFootageOptions, prepareFootage } from './pipeline/prepare-footage.ts';
export {
  type AnotherVoice,
  type RenderJob,
  type RenderReport,
  renderFile,
} from './pipeline/render-file.ts';
export { type ReviewOptions, reviewVideo, type VideoReview } from './pipeline/review-video.ts';
export { listVoices, type VoiceFacts } from './pipeline/speak-script.ts';
export { speakText } from './pipeline/speak-text.ts';
export { type TalkOptions, talk } from './pipeline/talk.ts';
export { readTimeline } from './pipeline/timeline-file.ts';
export { TRACED_STAGES, type TracedStage } from './pipeline/trace.ts';
export {
  type MotionTrack,
  readSpeech,
  type TrackOptions,
  trackMotion,
  trackPhones,
} from './pipeline/track-motion.ts';
export type { SyncDistance } from './quality/sync-distance.ts';
