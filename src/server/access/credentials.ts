import type { IncomingHttpHeaders } from 'node:http';

/**
 * The API key of a request: `Authorization: Bearer <key>`, `X-Api-Key: <key>`, or `Authorization: Basic`, as D-ID's
 * clients send it: base64 of `<key>:` or `user:<key>`.
 *
 * @returns `null` if there is none.
 */
export function credentialsOf(headers: IncomingHttpHeaders): string | null {
  const direct = headers['x-api-key'];
  if (typeof direct === 'string') return direct;
  const [scheme = '', value = ''] = headers.authorization?.trim().split(/\s+/, 2) ?? [];
  if (/^bearer$/i.test(scheme)) return value;
  if (!/^basic$/i.test(scheme)) return null;
  const text = Buffer.from(value, 'base64').toString('utf8');
  return text.split(':').find((part) => part.startsWith('lq_')) ?? text;
}
