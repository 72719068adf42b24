import { LoquentError } from '../../core/index.ts';

/**
 * Reads LiveKit servers separated by commas: `wss://example.livekit.cloud`.
 *
 * @returns Their origins.
 * @throws LoquentError `OPTION_INVALID`.
 */
export function parseLiveKitServers(text: string): string[] {
  const parts = text.split(',').map((part) => part.trim());
  return parts.filter(Boolean).map((part) => {
    const url = URL.parse(part);
    if (url && /^wss?:$/.test(url.protocol)) return url.origin;
    throw new LoquentError(
      'OPTION_INVALID',
      `"${part}" is no server for --livekit-servers: write wss://host, as in wss://example.livekit.cloud.`,
    );
  });
}
