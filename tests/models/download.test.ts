import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { download } from '../../src/models/download.ts';
import { likeOnnx, sendBytes, serveFiles } from './file-server.ts';

const file = likeOnnx(300_000);
const sha256 = createHash('sha256').update(file).digest('hex');
let folder = '';
let path = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'loquent-download-test-'));
  path = join(folder, 'net.onnx');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const order = (address: string, more: object = {}) => ({
  urls: [`${address}/net.onnx`],
  path,
  format: 'onnx' as const,
  size: null,
  sha256: null,
  pause: 1,
  ...more,
});

/** A connection that breaks off when the file has so many bytes more. */
function breaksAfter(bytes: number) {
  const size = () => (existsSync(`${path}.partial`) ? statSync(`${path}.partial`).size : 0);
  const before = size();
  return { after: bytes, arrived: () => size() >= before + bytes };
}

describe('a download', () => {
  test('appears under its name, complete, and leaves nothing else', async () => {
    await using server = await serveFiles((request, response) => sendBytes(request, response, file));
    const seen: (number | null)[][] = [];
    const facts = await download(
      order(server.address, { sha256, onProgress: (...step: number[]) => seen.push(step) }),
    );
    expect(facts).toEqual({ size: file.length, sha256 });
    expect(readFileSync(path).equals(file)).toBe(true);
    expect(readdirSync(folder)).toEqual(['net.onnx']);
    expect(seen.at(-1)).toEqual([file.length, file.length]);
  });

  test('goes on after the connection has broken off', async () => {
    await using server = await serveFiles((request, response, count) =>
      sendBytes(request, response, file, count <= 2 ? { breaks: breaksAfter(100_000) } : {}),
    );
    expect(await download(order(server.address))).toEqual({ size: file.length, sha256 });
    const [first, second, third] = server.requests.map(({ range }) => range);
    expect([first, second, third]).toEqual([undefined, 'bytes=100000-', 'bytes=200000-']);
  });

  test('goes on in another process after it was given up', async () => {
    await using server = await serveFiles((request, response, count) => {
      if (count === 1) sendBytes(request, response, file, { breaks: breaksAfter(120_000) });
      else if (count <= 4) response.writeHead(503).end();
      else sendBytes(request, response, file);
    });
    await expect(download(order(server.address))).rejects.toMatchObject({
      code: 'MODEL_DOWNLOAD_FAILED',
      retryable: true,
    });
    expect(readdirSync(folder).toSorted()).toEqual(['net.onnx.partial', 'net.onnx.partial.json']);
    expect(await download(order(server.address))).toEqual({ size: file.length, sha256 });
    expect(server.requests.at(-1)!.range).toMatch(/^bytes=\d+-$/);
    expect(readdirSync(folder)).toEqual(['net.onnx']);
  });

  test('starts over when the file has changed at its source', async () => {
    const other = likeOnnx(200_000, 7);
    await using server = await serveFiles((request, response, count) => {
      if (count === 1) sendBytes(request, response, file, { breaks: breaksAfter(100_000) });
      else sendBytes(request, response, other, { tag: '"two"' });
    });
    await download(order(server.address));
    expect(readFileSync(path).equals(other)).toBe(true);
  });

  test('takes the next address when the first one fails', async () => {
    await using server = await serveFiles((request, response) => {
      if (request.url === '/gone') response.writeHead(404).end();
      else sendBytes(request, response, file);
    });
    const urls = [`${server.address}/gone`, `${server.address}/net.onnx`];
    expect(await download(order(server.address, { urls }))).toEqual({ size: file.length, sha256 });
  });
});

describe('what is not the model is refused and removed:', () => {
  test('another file than the published one', async () => {
    await using server = await serveFiles((request, response) =>
      sendBytes(request, response, likeOnnx(9999, 3)),
    );
    await expect(download(order(server.address, { sha256 }))).rejects.toMatchObject({
      code: 'MODEL_LOAD_FAILED',
      details: { fault: 'checksum', expected: sha256 },
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each([
    ['web-page', '<!DOCTYPE html><html>Sign in first</html>'],
    ['lfs-pointer', `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize 145000000\n`],
    ['not-onnx', 'PK\u0003\u0004 a checkpoint'],
  ])('a %s', async (fault, text) => {
    await using server = await serveFiles((request, response) =>
      sendBytes(request, response, new TextEncoder().encode(text)),
    );
    await expect(download(order(server.address))).rejects.toMatchObject({
      code: 'MODEL_LOAD_FAILED',
      details: { fault },
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a file that is shorter than the published one', async () => {
    await using server = await serveFiles((request, response) =>
      sendBytes(request, response, file.subarray(0, 5000)),
    );
    await expect(download(order(server.address, { size: file.length }))).rejects.toMatchObject({
      details: { fault: 'truncated' },
    });
  });
});

describe('a download that cannot be', () => {
  test('says so when nobody answers', async () => {
    const { address } = await serveFiles(() => {}).then(async (server) => {
      await server[Symbol.asyncDispose]();
      return server;
    });
    await expect(download(order(address))).rejects.toMatchObject({
      code: 'MODEL_DOWNLOAD_FAILED',
      message: expect.stringContaining('the server cannot be reached'),
    });
  });

  test('says so when the disk does not take it', async () => {
    await using server = await serveFiles((request, response) => sendBytes(request, response, file));
    mkdirSync(`${path}.partial`);
    await expect(download(order(server.address))).rejects.toMatchObject({ code: 'OUTPUT_NOT_WRITABLE' });
  });

  test.skipIf(process.platform !== 'linux')('says so when the disk is full', async () => {
    await using server = await serveFiles((request, response) => sendBytes(request, response, file));
    symlinkSync('/dev/full', `${path}.partial`);
    await expect(download(order(server.address))).rejects.toMatchObject({ code: 'DISK_FULL' });
  });

  test('ends at once when it is cancelled, and keeps what has arrived', async () => {
    const stop = new AbortController();
    await using server = await serveFiles((_request, response) => {
      response.writeHead(200, { 'content-length': file.length, etag: '"one"' });
      response.write(file.subarray(0, 50_000));
    });
    const onProgress = () => stop.abort();
    await expect(download(order(server.address, { signal: stop.signal, onProgress }))).rejects.toMatchObject({
      code: 'CANCELLED',
    });
    expect(readFileSync(`${path}.partial`).length).toBeGreaterThan(0);
  });

  test('does not take what lies there for a part when nothing is known of it', async () => {
    writeFileSync(`${path}.partial`, 'something else');
    await using server = await serveFiles((request, response) => sendBytes(request, response, file));
    await download(order(server.address));
    expect(server.requests[0]!.range).toBeUndefined();
  });
});
