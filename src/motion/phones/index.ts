/** The text-known path: phones with times instead of sound. @module */
export { type ParsePhonesOptions, parsePhones } from './alignment.ts';
export { type KnownSpeech, knowSpeech } from './known-speech.ts';
