/** Face analysis: faces, landmarks, head pose and person mask of a picture. @module */
export { createFaceAnalyser } from './face-analyser.ts';
export { canonicalFace } from './face-geometry.ts';
export { type CheckedFace, checkFace } from './suitability.ts';
export type {
  CanonicalFace,
  CutJob,
  Face,
  FaceAnalyser,
  FindFacesOptions,
  Mask,
} from './types.ts';
