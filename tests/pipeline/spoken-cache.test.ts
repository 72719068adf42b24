import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import '../../src/index.ts';
import { speakScript } from '../../src/pipeline/speak-script.ts';

/** A speech service: 0.1 s of a tone that depends on the text, as PCM. */
const asked: string[] = [];
const service = createServer((request, response) => {
  let body = '';
  request.on('data', (part: Buffer) => {
    body += part.toString();
  });
  request.on('end', () => {
    const { input } = JSON.parse(body) as { input: string };
    asked.push(input);
    if (input.includes('fail')) return response.writeHead(500).end('no');
    const pcm = Int16Array.from({ length: 2400 }, (_, at) => 9000 * Math.sin(at / (5 + input.length)));
    return response.end(Buffer.from(pcm.buffer));
  });
});

let folder: string;
let voice: string;
const before = process.env['LOQUENT_CACHE'];

beforeAll(async () => {
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  const { port } = service.address() as AddressInfo;
  voice = `http://:secret@127.0.0.1:${port}/v1/audio/speech`;
  folder = await mkdtemp(join(tmpdir(), 'loquent-test-'));
  process.env['LOQUENT_CACHE'] = folder;
});
afterAll(async () => {
  service.close();
  if (before === undefined) delete process.env['LOQUENT_CACHE'];
  else process.env['LOQUENT_CACHE'] = before;
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  asked.length = 0;
});

it('a service is asked once for a text, and again for another text, voice, or when what is kept is damaged', async () => {
  const first = await speakScript('Good morning.', voice);
  expect(await speakScript('Good morning.', voice)).toEqual(first);
  expect(await speakScript('Good morning.', voice.replace('secret', 'other'))).toEqual(first);
  expect(asked).toEqual(['Good morning.']);
  const [name] = await readdir(join(folder, 'speech'));
  expect(name).toMatch(/^[0-9a-f]{64}\.speech$/);

  await speakScript('Good evening.', voice);
  await speakScript('Good morning.', `${voice}?voice=nova`);
  expect(asked).toHaveLength(3);

  for (const entry of await readdir(join(folder, 'speech')))
    await writeFile(join(folder, 'speech', entry), 'damaged');
  expect(await speakScript('Good morning.', voice)).toEqual(first);
  expect(asked).toHaveLength(4);
});

it('what failed is not kept', async () => {
  await expect(speakScript('To fail.', voice)).rejects.toMatchObject({ code: 'SPEECH_FAILED' });
  const count = asked.length;
  await expect(speakScript('To fail.', voice)).rejects.toMatchObject({ code: 'SPEECH_FAILED' });
  expect(asked.length).toBeGreaterThan(count);
});
