import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { crc32, deflateSync } from 'node:zlib';

/** How a service stood what was done to it. */
export interface HostileOutcome {
  /** Two gigabytes whose length is not told: what the answer was, and how much was taken until then, megabytes. */
  readonly upload: { readonly status: number; readonly takenMb: number };
  /** A picture of 100 million pixels: how the job failed. */
  readonly bomb: string;
  /** Connections that send one byte a second: how many, how many the service ended, and after how long the last, seconds. */
  readonly slow: { readonly opened: number; readonly ended: number; readonly seconds: number };
  /** Requests at once: how they were answered. */
  readonly burst: { readonly sent: number; readonly answered: number; readonly limited: number };
  /** Longest that a question for its health took meanwhile, milliseconds; `null` if one was not answered. */
  readonly slowestAnswerMs: number | null;
  /** Largest memory of the service, megabytes (Linux only). */
  readonly peakMb: number;
}

const GIGABYTE = 2 ** 30;
const BLOCK = Buffer.alloc(2 ** 20, 65);
const SLOW = 200;
/** Longest that a slow connection may live, seconds: the time for headers, and the pause between two looks. */
const PATIENCE = 60;
const BURST = 10_000;
const LINE = 'x-line';

/** Does to a service what hostile clients do, one after the other, and asks for its health all along. */
export async function hostileRun(url: string, pid: number, speech: Uint8Array): Promise<HostileOutcome> {
  const { hostname, port } = new URL(url);
  const open = () => connect(Number(port), hostname);
  const times: number[] = [];
  let over = false;
  const asking = (async () => {
    while (!over) {
      const begun = performance.now();
      const answer = await fetch(`${url}/livez`).catch(() => null);
      times.push(answer ? performance.now() - begun : Number.POSITIVE_INFINITY);
      await answer?.arrayBuffer();
      await delay(50);
    }
  })();
  const upload = await sendWithoutEnd(open());
  const bomb = await sendBomb(url, speech);
  const slow = await crawl(open);
  const burst = await rush(url);
  over = true;
  await asking;
  const slowest = Math.max(...times);
  return {
    upload,
    bomb,
    slow,
    burst,
    slowestAnswerMs: Number.isFinite(slowest) ? Math.round(slowest) : null,
    peakMb: peakOf(pid),
  };
}

/** Sends a file that does not end before two gigabytes, as fast as it is taken. */
async function sendWithoutEnd(socket: Socket): Promise<HostileOutcome['upload']> {
  let said = '';
  let open = true;
  socket.on('data', (part) => {
    said += part.toString();
  });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => {});
  void closed.then(() => {
    open = false;
  });
  const type = `multipart/form-data; boundary=${LINE}`;
  socket.write(
    `POST /v1/videos HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n`,
  );
  const chunk = (bytes: Buffer) =>
    Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
  const head = `--${LINE}\r\nContent-Disposition: form-data; name="audio"; filename="a.wav"\r\n\r\n`;
  socket.write(chunk(Buffer.from(head)));
  const block = chunk(BLOCK);
  while (open && said === '' && socket.bytesWritten < 2 * GIGABYTE) {
    if (!socket.write(block))
      await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed, delay(1000)]);
  }
  await Promise.race([closed, delay(5000)]);
  const takenMb = Math.round(socket.bytesWritten / 1e6);
  socket.destroy();
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(said)?.[1] ?? 0), takenMb };
}

async function sendBomb(url: string, speech: Uint8Array): Promise<string> {
  const form = new FormData();
  form.append('image', new Blob([blackPng(10_000)]));
  form.append('audio', new Blob([speech as Uint8Array<ArrayBuffer>]));
  const made = (await (await fetch(`${url}/v1/videos`, { method: 'POST', body: form })).json()) as {
    id: string;
  };
  const events = await (await fetch(`${url}/v1/videos/${made.id}/events`)).text();
  const view = JSON.parse(/event: end\ndata: (.*)\n/.exec(events)![1]!) as {
    status: string;
    error: { code: string } | null;
  };
  return view.error?.code ?? view.status;
}

/** A black PNG of few bytes and many pixels. */
function blackPng(side: number): Uint8Array<ArrayBuffer> {
  const part = (name: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(name), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header[8] = 1;
  const rows = deflateSync(Buffer.alloc((side / 8 + 1) * side), { level: 9 });
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const parts = [part('IHDR', header), part('IDAT', rows), part('IEND', Buffer.alloc(0))];
  return new Uint8Array(Buffer.concat([signature, ...parts]));
}

/** Opens connections that send their headers one byte a second. */
async function crawl(open: () => Socket): Promise<HostileOutcome['slow']> {
  const begun = performance.now();
  let ended = 0;
  let last = 0;
  const sockets = Array.from({ length: SLOW }, () => {
    const socket = open();
    socket.on('error', () => {});
    socket.resume();
    socket.once('close', () => {
      ended += 1;
      last = (performance.now() - begun) / 1000;
    });
    socket.write('GET /livez HTTP/1.1\r\nHost: localhost\r\nX: ');
    return socket;
  });
  while (ended < SLOW && performance.now() - begun < PATIENCE * 1000) {
    for (const socket of sockets) if (!socket.destroyed) socket.write('a');
    await delay(1000);
  }
  const outcome = { opened: SLOW, ended, seconds: Math.round(last) };
  for (const socket of sockets) socket.destroy();
  return outcome;
}

/** Sends very many requests at once. */
async function rush(url: string): Promise<HostileOutcome['burst']> {
  const agent = new Agent({ keepAlive: true, maxSockets: 500 });
  const one = () =>
    new Promise<number>((resolve) => {
      const outgoing = request(`${url}/v1/videos`, { agent }, (incoming) => {
        incoming.resume();
        incoming.once('end', () => resolve(incoming.statusCode ?? 0));
      });
      outgoing.once('error', () => resolve(0));
      outgoing.end();
    });
  const statuses = await Promise.all(Array.from({ length: BURST }, one));
  agent.destroy();
  const count = (status: number) => statuses.filter((each) => each === status).length;
  return { sent: BURST, answered: count(200), limited: count(429) };
}

function peakOf(pid: number): number {
  try {
    const kilobytes = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    return Math.round((kilobytes * 1024) / 1e6);
  } catch {
    return 0;
  }
}
