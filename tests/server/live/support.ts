/** A service with an avatar to speak to. */
import { WebSocket } from 'ws';
import type { LiveEvent } from '../../../src/core/index.ts';
import type { LiveResourceOptions } from '../../../src/server/live/index.ts';
import { liveResource, type ServerSetup } from '../../../src/server.ts';
import { builtAva } from '../../avatar/test-faces.ts';
import { openRoom, type Room, send } from '../support/room.ts';

/** Small and quick to draw. */
const SMALL = { size: 128, encoder: 'embedded', preset: 'fast' } as const;

/** Starts a service with live sessions. */
export async function openLiveRoom(
  options: Partial<LiveResourceOptions> = {},
  setup: ServerSetup = {},
): Promise<Room> {
  const avatars = new Map([['ava', { ...(await builtAva()), id: 'a'.repeat(64) }]]);
  return openRoom({ ...setup, resources: [liveResource({ avatars, session: SMALL, ...options })] });
}

/** What a session's creation answers. */
export interface Begun {
  readonly id: string;
  readonly token: string;
  readonly width: number;
  readonly urls: {
    readonly self: string;
    readonly whep: string;
    readonly socket: string;
    readonly audio: string;
  };
}

/** Begins a session. */
export async function begin(
  room: Room,
  body: object = {},
  headers: Record<string, string> = {},
): Promise<Begun> {
  const answer = await send(room, '/v1/live/sessions', { body, headers });
  if (answer.status !== 201) throw new Error(answer.text);
  return answer.json<Begun & Record<string, unknown>>();
}

/** A program that is connected to a session. */
export class Socket {
  readonly events: LiveEvent[] = [];
  readonly socket: WebSocket;
  /** Close code, once it is closed. */
  code: number | null = null;
  /** HTTP status, if the connection was refused. */
  refused: number | null = null;

  constructor(room: Room, path: string, headers: Record<string, string> = {}) {
    this.socket = new WebSocket(room.server.url.replace('http', 'ws') + path, { headers });
    this.socket.on('message', (data) => this.events.push(JSON.parse(String(data)) as LiveEvent));
    this.socket.on('close', (code) => {
      this.code = code;
    });
    this.socket.on('unexpected-response', (_request, response) => {
      this.refused = response.statusCode ?? 0;
      response.resume();
    });
    this.socket.on('error', () => {});
  }

  async open(): Promise<this> {
    await until(() => this.socket.readyState === WebSocket.OPEN);
    return this;
  }

  send(command: object | Uint8Array | string): void {
    const data =
      typeof command === 'string' || command instanceof Uint8Array ? command : JSON.stringify(command);
    this.socket.send(data);
  }

  /** The first event of a type, as soon as there is one. */
  async event<T extends LiveEvent['type']>(
    type: T,
    which: (event: Extract<LiveEvent, { type: T }>) => boolean = () => true,
  ): Promise<Extract<LiveEvent, { type: T }>> {
    const find = () =>
      this.events.find(
        (event): event is Extract<LiveEvent, { type: T }> =>
          event.type === type && which(event as Extract<LiveEvent, { type: T }>),
      );
    await until(
      () => find() !== undefined,
      () => `no "${type}" among ${JSON.stringify(this.events)}`,
    );
    return find()!;
  }
}

/** Waits for something that happens in other threads. */
export async function until(
  condition: () => boolean,
  trouble: () => string = () => `never true: ${condition}`,
  timeout = 30_000,
): Promise<void> {
  const end = performance.now() + timeout;
  while (!condition()) {
    if (performance.now() > end) throw new Error(trouble());
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A tone as PCM16. */
export function tone(seconds: number, rate: number): Uint8Array {
  const bytes = Buffer.alloc(Math.round(seconds * rate) * 2);
  for (let i = 0; i < bytes.length / 2; i += 1) {
    bytes.writeInt16LE(Math.round(8_000 * Math.sin((i / rate) * 2 * Math.PI * 180)), i * 2);
  }
  return bytes;
}
