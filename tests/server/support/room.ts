import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { Writable } from 'node:stream';
import { afterAll } from 'vitest';
import { createServer, type LoquentServer, type ServerSetup } from '../../../src/server.ts';

/** A service of a test, and what it logs. */
export interface Room {
  readonly server: LoquentServer;
  readonly log: () => string;
}

const rooms: LoquentServer[] = [];
afterAll(() => Promise.all(rooms.map((server) => server.close(0.1))));

/** Starts a service on a free port, in memory, that ends with the test file. */
export async function openRoom(setup: ServerSetup = {}): Promise<Room> {
  let text = '';
  const logTo = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  const server = await createServer({ port: 0, ephemeral: true, drain: 5, logTo, ...setup });
  rooms.push(server);
  return { server, log: () => text };
}

/** An answer, read to its end. */
export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON. */
  json<T = Record<string, unknown>>(): T;
}

/** What {@link send} sends. */
export interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | object;
}

/** Sends one request as it is, without a client's help: any header, no redirects, no retries. */
export function send(room: Room, path: string, { method, headers = {}, body }: Sent = {}): Promise<Answered> {
  const json = body !== undefined && typeof body === 'object' && !(body instanceof Uint8Array);
  const bytes = json ? JSON.stringify(body) : (body as string | Uint8Array | undefined);
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      room.server.url + path,
      {
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        headers: { ...(json && { 'content-type': 'application/json' }), ...headers },
        agent: false,
      },
      (incoming) => {
        const parts: Buffer[] = [];
        incoming.on('data', (part: Buffer) => parts.push(part));
        incoming.on('end', () => {
          const text = Buffer.concat(parts).toString();
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            text,
            json: () => JSON.parse(text),
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(bytes);
  });
}
