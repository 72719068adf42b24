import type {
  LiveAvatars,
  LiveCommand,
  LiveInterruption,
  LiveOrder,
  LiveSession,
  LiveSessionInfo,
  LiveSessions,
  LiveToken,
} from './service-types.ts';
import type { Transport } from './transport.ts';

/** Live sessions: begun here with a key, spoken to from here or from the page that has the token. */
export class LiveClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Who can be spoken to, the usual one first. */
  async avatars(signal?: AbortSignal): Promise<LiveAvatars['avatars']> {
    return (await this.#transport.json<LiveAvatars>('/v1/live/avatars', { signal })).avatars;
  }

  /** One of `avatars()` at rest, JPEG. */
  async picture({ picture }: LiveAvatars['avatars'][number], signal?: AbortSignal): Promise<Blob> {
    return (await this.#transport.send(picture, { signal })).blob();
  }

  /** Begins a session. @throws ServiceError with `retryAfter` when the machine is full. */
  start(order: LiveOrder = {}, signal?: AbortSignal): Promise<LiveSession> {
    return this.#transport.json('/v1/live/sessions', { method: 'POST', json: order, signal });
  }

  /** The sessions of this key, and how many fit. */
  list(signal?: AbortSignal): Promise<LiveSessions> {
    return this.#transport.json('/v1/live/sessions', { signal });
  }

  /** Gives a command: speak a text, change a control... Events tell how it goes. */
  async command(id: string, command: LiveCommand, signal?: AbortSignal): Promise<void> {
    const answer = await this.#transport.send(`${at(id)}/commands`, {
      method: 'POST',
      json: command,
      signal,
    });
    await answer.body?.cancel();
  }

  /** Silences the avatar at once. @returns What was cut off, and how many seconds of it were heard. */
  interrupt(id: string, signal?: AbortSignal): Promise<LiveInterruption> {
    return this.#transport.json(`${at(id)}/commands`, {
      method: 'POST',
      json: { type: 'interrupt' },
      signal,
    });
  }

  /** Lets it live for its whole length again. */
  renew(id: string, signal?: AbortSignal): Promise<LiveSessionInfo> {
    return this.#transport.json(`${at(id)}/renew`, { method: 'POST', signal });
  }

  /** Another token, for a page that connects again or a further viewer. */
  token(id: string, options: { origin?: string } = {}, signal?: AbortSignal): Promise<LiveToken> {
    return this.#transport.json(`${at(id)}/tokens`, { method: 'POST', json: options, signal });
  }

  /** Ends it; whoever is connected is told so. */
  async end(id: string, signal?: AbortSignal): Promise<void> {
    await this.#transport.send(at(id), { method: 'DELETE', signal });
  }

  /** The address of the service's own page, for one viewer of the session; works once, within a minute. */
  pageUrl({ id, token }: LiveSession): string {
    return `${this.#transport.url}/live#${id}.${token}`;
  }
}

function at(id: string): string {
  return `/v1/live/sessions/${encodeURIComponent(id)}`;
}
