import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyBaseLogger } from 'fastify';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { asLoquentError, LIVE_PROTOCOL, type LiveEvent } from '../../core/index.ts';
import type { LiveSessions } from './live-sessions.ts';

/** Largest message, bytes: ten seconds of PCM16 at 48 kHz. */
const LARGEST_MESSAGE = 960_000;
/** Bytes that may wait for a client that reads slowly. */
const MOST_WAITING = 1_000_000;
/** Clients that do not answer a ping within this time are gone, milliseconds. */
const PING_INTERVAL = 15_000;
/** Close codes of RFC 6455. */
const GOING_AWAY = 1001;
const NORMAL = 1000;
const TRY_AGAIN = 1013;

const PATH = /^\/v1\/live\/sessions\/([\w-]+)\/ws$/;

/**
 * Serves `/v1/live/sessions/:id/ws`: commands and events as JSON texts, speech and microphone as binary PCM16.
 *
 * @param admit - Decides whether a request may join the session; throws if not.
 */
export function serveSockets(
  http: Server,
  sessions: LiveSessions,
  admit: (request: IncomingMessage, session: string, token: string | null) => Promise<void>,
  log: FastifyBaseLogger,
): Disposable {
  const server = new WebSocketServer({ noServer: true, maxPayload: LARGEST_MESSAGE });
  const timer = setInterval(() => {
    for (const socket of server.clients) beat(socket as BeatingSocket);
  }, PING_INTERVAL);
  timer.unref();

  async function upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void> {
    stream.on('error', () => stream.destroy());
    try {
      const url = new URL(request.url ?? '/', 'http://localhost');
      const session = PATH.exec(url.pathname)?.[1];
      if (session === undefined) {
        refuse(stream, 404, 'Not Found');
        return;
      }
      await admit(request, session, url.searchParams.get('token'));
      server.handleUpgrade(request, stream, head, (socket) => converse(socket, sessions, session, log));
    } catch (error) {
      const { status, code } = asLoquentError(error);
      refuse(stream, status, code);
    }
  }
  const listener = (request: IncomingMessage, stream: Duplex, head: Buffer): void => {
    void upgrade(request, stream, head);
  };
  http.on('upgrade', listener);
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
      http.off('upgrade', listener);
      for (const socket of server.clients) socket.close(GOING_AWAY, 'shutdown');
      server.close();
    },
  };
}

function refuse(stream: Duplex, status: number, reason: string): void {
  stream.end(`HTTP/1.1 ${status} ${reason}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

interface BeatingSocket extends WebSocket {
  alive?: boolean;
}

/** Ends a client that is gone without a goodbye. */
function beat(socket: BeatingSocket): void {
  if (socket.alive === false) socket.terminate();
  socket.alive = false;
  socket.ping();
}

function converse(
  socket: BeatingSocket,
  sessions: LiveSessions,
  session: string,
  log: FastifyBaseLogger,
): void {
  const send = (data: string | Uint8Array): void => {
    if (socket.bufferedAmount > MOST_WAITING) socket.close(TRY_AGAIN, 'too slow');
    else if (socket.readyState === socket.OPEN) socket.send(data);
  };
  const tell = (event: LiveEvent): void => send(JSON.stringify(event));
  const complain = (error: unknown): void => {
    const { code, message } = asLoquentError(error);
    if (code === 'INTERNAL') log.error({ err: error, session }, 'live socket');
    tell({ v: LIVE_PROTOCOL, type: 'warning', code, message });
  };
  let joined: Disposable;
  try {
    joined = sessions.join(session, {
      event(event) {
        tell(event);
        if (event.type === 'closed') socket.close(NORMAL, event.reason);
      },
      microphone: send,
    });
  } catch {
    socket.close(NORMAL, 'LIVE_NOT_FOUND');
    return;
  }
  socket.on('message', (data: RawData, binary: boolean) => {
    const bytes = data as Buffer;
    if (!binary) {
      sessions.media.call('command', [session, bytes.toString('utf8')]).catch(complain);
      return;
    }
    // Nothing more is read until there is room for this.
    socket.pause();
    const own = new Uint8Array(bytes);
    sessions.media
      .call('audio', [session, own], [own.buffer])
      .catch(complain)
      .finally(() => socket.resume());
  });
  socket.on('pong', () => {
    socket.alive = true;
  });
  socket.on('error', (error) => log.info({ err: error, session }, 'live socket'));
  socket.on('close', () => joined[Symbol.dispose]());
}
