/** A plain web server of the package's files, the ONNX Runtime and models, as somebody would put them on a site. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const runtime = dirname(fileURLToPath(import.meta.resolve('onnxruntime-web')));
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** A site that runs. */
export interface Site extends AsyncDisposable {
  readonly address: string;
  /** Files besides those of the package, by path; can change at any time. */
  readonly files: Map<string, Uint8Array>;
  /** Paths that were asked for, in order. */
  readonly asked: string[];
}

/** @param isolated - Whether pages may share memory between threads. */
export async function openSite(isolated: boolean): Promise<Site> {
  const files = new Map<string, Uint8Array>([['/', new TextEncoder().encode('<!doctype html>')]]);
  const asked: string[] = [];
  const server = createServer(async ({ url = '/' }, answer) => {
    const path = normalize(url);
    asked.push(path);
    const place = path.startsWith('/onnx/') ? join(runtime, path.slice(6)) : join(root, path);
    const known = /^\/(?:assets|models|onnx)\//.test(path) || files.has(path);
    const body = known ? (files.get(path) ?? (await readFile(place).catch(() => null))) : null;
    answer.writeHead(body ? 200 : 404, {
      'content-type': TYPES[extname(path)] ?? (path === '/' ? 'text/html' : 'application/octet-stream'),
      'content-length': body?.length ?? 0,
      'cache-control': 'no-store',
      ...(isolated && {
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-embedder-policy': 'require-corp',
      }),
    });
    answer.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://localhost:${(server.address() as AddressInfo).port}`,
    files,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
