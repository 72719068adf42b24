import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { ServiceProcess } from './service-process.ts';

/** What is done to a service. */
export interface KillPlan {
  readonly program: string;
  /** Data folder, empty. */
  readonly folder: string;
  readonly photo: Uint8Array;
  readonly speech: Uint8Array;
  readonly jobs: number;
  readonly clients: number;
  readonly serverKills: number;
  readonly workerKills: number;
  readonly seed: number;
  /** Seconds after which it counts as stuck. */
  readonly patience: number;
  readonly environment?: NodeJS.ProcessEnv;
}

/** What became of the jobs. */
export interface KillOutcome {
  /** Jobs that a client was told were accepted. */
  readonly accepted: number;
  /** Those with exactly one end, and one message about it. */
  readonly endedOnce: number;
  /** Those that are unknown afterwards, or never end. */
  readonly lost: number;
  /** Those that ended more than once, or that one request made twice. */
  readonly twice: number;
  /** Those that ended as failed: their workers were killed too often. */
  readonly failed: number;
  /** Finished files that are not what the service says they are. */
  readonly damagedFiles: number;
  readonly serverKills: number;
  readonly workerKills: number;
  /** What SQLite's `integrity_check` says. */
  readonly integrity: string;
}

interface View {
  readonly id: string;
  readonly status: string;
  readonly file: { readonly url: string; readonly bytes: number } | null;
}

/** Has clients order videos while service and workers are killed at random moments, and counts what becomes of them. */
export async function killRun(plan: KillPlan): Promise<KillOutcome> {
  const random = lcg(plan.seed);
  const told = new Map<string, Set<string>>();
  await using receiver = await receiveMessages(told);
  const host = new URL(receiver.url).host;
  const limits = [
    '--rate',
    '100000',
    '--burst',
    '100000',
    '--jobs-per-key',
    '100000',
    '--most-jobs',
    '100000',
  ];
  const args = ['--data', plan.folder, '--fetch-hosts', host, '--drain', '30', ...limits];
  await using service = new ServiceProcess(plan.program, args, plan.environment);
  await service.start();

  const avatar = await order(service, 'avatars', 'avatar', { image: plan.photo });
  while (((await look(service, `/v1/avatars/${avatar}`)) as View).status !== 'done') await delay(100);

  const accepted: string[] = [];
  const fields = {
    avatar,
    size: '64',
    fps: '5',
    preset: 'fast',
    crop: 'head',
    reuse: 'false',
    webhook: `${receiver.url}/`,
  };
  const clients = Array.from({ length: plan.clients }, async (_, client) => {
    for (let job = client; job < plan.jobs; job += plan.clients) {
      accepted.push(await order(service, 'videos', `order-${job}`, { ...fields, audio: plan.speech }));
    }
  });
  const kills = { server: 0, worker: 0 };
  const killing = (async () => {
    while (kills.server < plan.serverKills || kills.worker < plan.workerKills) {
      await delay(200 + random() * 1300);
      const left = plan.serverKills - kills.server;
      if (random() < left / (left + plan.workerKills - kills.worker)) {
        await service.kill();
        kills.server += 1;
        await service.start();
      } else if (service.killWorker((count) => Math.floor(random() * count))) kills.worker += 1;
      else if (process.platform !== 'linux') return;
    }
  })();
  await Promise.all([...clients, killing]);

  const isOver = ({ status }: View) => ['done', 'failed', 'cancelled'].includes(status);
  const deadline = Date.now() + plan.patience * 1000;
  let jobs = await listAll(service);
  const settled = () => jobs.every(isOver) && jobs.every(({ id }) => told.has(id));
  while (!settled() && Date.now() < deadline) {
    await delay(300);
    jobs = await listAll(service);
  }
  let damagedFiles = 0;
  for (const { file } of jobs) if (file && !(await isWhole(service, file))) damagedFiles += 1;
  await service.end();

  const known = new Map(jobs.map((job) => [job.id, job]));
  const once = accepted.filter((id) => known.has(id) && isOver(known.get(id)!) && told.get(id)?.size === 1);
  const lost = accepted.filter((id) => !known.has(id) || !isOver(known.get(id)!));
  const toldTwice = [...told.values()].filter(({ size }) => size > 1).length;
  return {
    accepted: accepted.length,
    endedOnce: once.length,
    lost: lost.length,
    twice: toldTwice + Math.max(0, jobs.length - plan.jobs) + (accepted.length - new Set(accepted).size),
    failed: jobs.filter(({ status }) => status === 'failed').length,
    damagedFiles,
    serverKills: kills.server,
    workerKills: kills.worker,
    integrity: integrityOf(plan.folder),
  };
}

/** Orders something until the service says that it was accepted, with one key through all attempts. */
async function order(
  service: ServiceProcess,
  what: 'avatars' | 'videos',
  key: string,
  fields: Readonly<Record<string, string | Uint8Array>>,
): Promise<string> {
  for (;;) {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) {
      form.append(name, typeof value === 'string' ? value : new Blob([value as Uint8Array<ArrayBuffer>]));
    }
    try {
      const headers = { 'idempotency-key': key };
      const answer = await fetch(`${service.url}/v1/${what}`, { method: 'POST', headers, body: form });
      if (answer.status === 202) return ((await answer.json()) as View).id;
      if (answer.status < 500) throw new Error(`The order was refused: ${await answer.text()}`);
    } catch (error) {
      // The service is dead at the moment.
      if (!(error instanceof TypeError)) throw error;
    }
    await delay(100);
  }
}

/** Asks until there is an answer. */
async function look(service: ServiceProcess, path: string): Promise<unknown> {
  for (;;) {
    try {
      return await (await fetch(service.url + path)).json();
    } catch {
      await delay(100);
    }
  }
}

async function listAll(service: ServiceProcess): Promise<View[]> {
  const jobs: View[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page = (await look(service, `/v1/videos?limit=100${cursor && `&cursor=${cursor}`}`)) as {
      items: View[];
      next: string | null;
    };
    jobs.push(...page.items);
    cursor = page.next;
  }
  return jobs;
}

async function isWhole(service: ServiceProcess, file: NonNullable<View['file']>): Promise<boolean> {
  const answer = await fetch(service.url + file.url);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const hash = createHash('sha256').update(bytes).digest('hex');
  const brand = new TextDecoder().decode(bytes.subarray(4, 8));
  return bytes.length === file.bytes && answer.headers.get('etag') === `"${hash}"` && brand === 'ftyp';
}

/** Notes which messages there were about which job. */
async function receiveMessages(
  told: Map<string, Set<string>>,
): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { data } = JSON.parse(Buffer.concat(parts).toString()) as { data: { id: string } };
      told.set(data.id, (told.get(data.id) ?? new Set()).add(String(request.headers['webhook-id'])));
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function integrityOf(folder: string): string {
  const database = new DatabaseSync(join(folder, 'loquent.db'));
  const { integrity_check: said } = database.prepare('PRAGMA integrity_check').get() as {
    integrity_check: string;
  };
  database.close();
  return said;
}

/** Numbers from 0 to below 1, the same for the same seed (Numerical Recipes). */
function lcg(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
