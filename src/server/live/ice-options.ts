import { type IceServer, LoquentError } from '../../core/index.ts';

/**
 * Reads servers separated by commas: `stun:stun.example.org:3478`, `turn:user:password@turn.example.org:3478`, where user
 * and password may be percent-encoded.
 *
 * @throws LoquentError `OPTION_INVALID`.
 */
export function parseIceServers(text: string): IceServer[] {
  const parts = text.split(',').map((part) => part.trim());
  return parts.filter(Boolean).map((part) => {
    const match =
      /^(stuns?|turns?):(?:([^@\s:]+):([^@\s]+)@)?([\w.-]+|\[[\da-f:]+\])(:\d{1,5})?(\?transport=(?:udp|tcp))?$/i.exec(
        part,
      );
    const [, scheme = '', user, password, host = '', port = '', transport = ''] = match ?? [];
    if (!match || (/^turn/i.test(scheme) && user === undefined)) {
      throw new LoquentError(
        'OPTION_INVALID',
        `"${part}" is no server for --ice: write stun:host:port or turn:user:password@host:port.`,
      );
    }
    const url = `${scheme.toLowerCase()}:${host}${port}${transport}`;
    if (user === undefined) return { url };
    return { url, username: decodeURIComponent(user), credential: decodeURIComponent(password ?? '') };
  });
}

/**
 * Reads a port or a range of ports: `50000`, `50000-50100`.
 *
 * @returns `undefined` for an empty text: any port.
 * @throws LoquentError `OPTION_INVALID`.
 */
export function parsePorts(text: string): [first: number, last: number] | undefined {
  if (text.trim() === '') return undefined;
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text.trim());
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  if (!match || first < 1 || last > 65_535 || last < first) {
    throw new LoquentError('OPTION_INVALID', `"${text}" is no range of ports like 50000-50100.`);
  }
  return [first, last];
}
