/** Hearing: streaming speech analysis. @module */
export {
  createSpeechAnalyser,
  SPEECH_FRAME_RATE,
  type SpeechAnalyser,
  type SpeechAnalyserOptions,
} from './analyser.ts';
