import { readdirSync } from 'node:fs';

/** Path of the speech that `npm run demo` uses. */
export function demoSpeech(): string {
  const folder = new URL('../demo/speech/', import.meta.url);
  const name = readdirSync(folder).find((file) => /\.(wav|mp3|ogg|flac)$/.test(file));
  if (!name) throw new Error('demo/speech holds no recording.');
  return new URL(name, folder).pathname;
}
