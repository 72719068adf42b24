import { z } from 'zod';

/** Names of voices that a client may ask for: never an address, for whoever runs the service chooses who is called. */
export const voiceSchema = z
  .string()
  .max(60)
  .regex(/^[A-Za-z0-9][\w+-]*$/, 'must be the name of a voice');

/**
 * The voice that speaks.
 *
 * @param configured - `espeak`, or the address of a speech endpoint.
 * @param asked - The client's choice among its voices.
 * @returns A name as `openVoice` takes it.
 */
export function voiceName(configured: string, asked: string | undefined): string {
  if (asked === undefined) return configured;
  const url = URL.parse(configured);
  if (!url || !/^https?:$/.test(url.protocol)) return `${configured.split(':', 1)[0]}:${asked}`;
  url.searchParams.set('voice', asked);
  return url.href;
}
