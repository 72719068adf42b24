import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A web server for one test. */
export interface FileServer extends AsyncDisposable {
  /** `http://127.0.0.1:port`. */
  readonly address: string;
  /** Every request so far: path and range. */
  readonly requests: { readonly path: string; readonly range: string | undefined }[];
}

/** Answers every request by `answer`. */
export async function serveFiles(
  answer: (request: IncomingMessage, response: ServerResponse, count: number) => void,
): Promise<FileServer> {
  const requests: FileServer['requests'] = [];
  const server = createServer((request, response) => {
    requests.push({ path: request.url ?? '', range: request.headers.range });
    answer(request, response, requests.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** When a connection breaks off in the middle of a file. */
export interface Break {
  /** Bytes that are sent. */
  readonly after: number;
  /** Whether they have arrived; asked again and again. */
  readonly arrived: () => boolean;
}

/** Sends a file as real servers do: with an entity tag, and the part that is asked for. */
export function sendBytes(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Uint8Array,
  { tag = '"one"', breaks }: { readonly tag?: string; readonly breaks?: Break } = {},
): void {
  const wanted = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
  const known = request.headers['if-range'] === undefined || request.headers['if-range'] === tag;
  const start = wanted && known ? Number(wanted[1]) : 0;
  response.setHeader('etag', tag);
  response.setHeader('content-length', bytes.length - start);
  if (wanted && known) {
    response.setHeader('content-range', `bytes ${start}-${bytes.length - 1}/${bytes.length}`);
    response.statusCode = 206;
  }
  const part = bytes.subarray(start);
  if (!breaks) {
    response.end(part);
    return;
  }
  response.write(part.subarray(0, breaks.after));
  const timer = setInterval(() => {
    if (!breaks.arrived()) return;
    clearInterval(timer);
    response.destroy();
  }, 2);
}

/** Bytes that begin like an ONNX file and hold nothing. */
export function likeOnnx(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[index] = state >>> 24;
  }
  bytes.set([0x08, 0x08, 0x12, 0x00]);
  return bytes;
}
