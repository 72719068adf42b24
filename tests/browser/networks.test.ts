/** Networks in a page: the numbers of the native runtime, and what happens when something is not as it should be. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { foldingInputs, foldingWav2Lip, tinyWav2Lip } from '../engines/onnx/tiny-networks.ts';
import { Chromium, findChromium, type Page } from './chromium.ts';
import { openSite, type Site } from './package-site.ts';

const path = findChromium();
if (!path) console.log('Chromium is not installed: the tests of networks in a page are skipped.');

/** Largest difference from the numbers of the native runtime; they are 0.2 to 0.8. */
const TOLERANCE = 2e-6;

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const asText = ({ shape, data }: { shape: readonly number[]; data: Float32Array }): string => {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
  return `{ shape: [${shape}], data: new Float32Array(Uint8Array.from(atob('${bytes}'), (c) => c.charCodeAt(0)).buffer) }`;
};
const file = foldingWav2Lip();
const model = { name: 'wav2lip', url: '/wav2lip.onnx', sha256: sha256(file), accept: true };

describe.skipIf(!path)('a network in a page', () => {
  let browser: Chromium;
  let site: Site;
  let isolated: Site;
  let page: Page;

  beforeAll(async () => {
    execFileSync(process.execPath, [
      fileURLToPath(new URL('../../scripts/build-browser.ts', import.meta.url)),
    ]);
    [site, isolated] = await Promise.all([openSite(false), openSite(true)]);
    for (const { files } of [site, isolated]) files.set('/wav2lip.onnx', file);
    browser = await Chromium.launch(path!);
    page = await load(site);
  });
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await site?.[Symbol.asyncDispose]();
    await isolated?.[Symbol.asyncDispose]();
  });

  async function load({ address }: Site, by = browser): Promise<Page> {
    const opened = await by.open(address);
    await opened.evaluate(`(async () => { window.loquent = await import('/assets/browser/loquent.js'); })()`);
    return opened;
  }

  /** Runs `body`, which knows `opened`. */
  const within = <T>(body: string, given: object = model, where: object = {}, on = page): Promise<T> =>
    on.evaluate<T>(`(async () => {
      const options = ${JSON.stringify({ runtime: '/onnx/', ...where })};
      await using opened = await loquent.openPageNetwork(${JSON.stringify(given)}, 'generator', options);
      ${body}
    })()`);

  /** What opening it says. */
  const refusal = (given: object, where: object = {}): Promise<Record<string, unknown>> =>
    page.evaluate(`loquent
      .openPageNetwork(${JSON.stringify(given)}, 'generator', ${JSON.stringify({ runtime: '/onnx/', ...where })})
      .then((opened) => opened[Symbol.asyncDispose]().then(() => ({ code: 'opened' })), (error) => error.toJSON())`);

  /** Compares what the network gives with the native runtime. @returns Where it ran. */
  async function compare(where: object, on: Page, tolerance: number): Promise<object> {
    const { mel, faces } = foldingInputs();
    const found = await within<{ ran: object; shape: number[]; data: number[] }>(
      `const { mouths } = await opened.network.run({ mel: ${asText(mel)}, faces: ${asText(faces)} });
      const { network: { device }, threads } = opened;
      return { ran: { device, threads }, shape: mouths.shape, data: [...mouths.data] };`,
      model,
      where,
      on,
    );
    expect(found.shape).toEqual([2, 3, 96, 96]);
    const golden = JSON.parse(readFileSync(new URL('./golden.json', import.meta.url), 'utf8')) as {
      step: number;
      samples: number[];
      mean: number;
    };
    const farthest = golden.samples.map((value, at) => Math.abs(value - found.data[at * golden.step]!));
    expect(Math.max(...farthest)).toBeLessThan(tolerance);
    const mean = found.data.reduce((sum, value) => sum + value, 0) / found.data.length;
    expect(Math.abs(mean - golden.mean)).toBeLessThan(tolerance);
    return found.ran;
  }

  test('gives the numbers of the native runtime, in one thread', async () => {
    expect(await compare({ device: 'cpu' }, page, TOLERANCE)).toEqual({ device: 'cpu', threads: 1 });
  });

  test('gives them in several threads where the page is isolated', async () => {
    const on = await load(isolated);
    await on.call('Emulation.setHardwareConcurrencyOverride', { hardwareConcurrency: 4 });
    expect(await compare({ device: 'cpu' }, on, TOLERANCE)).toEqual({ device: 'cpu', threads: 3 });
  });

  test('gives them on a graphics card, by WebGPU', async (context) => {
    const flags = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];
    await using other = await Chromium.launch(path!, { flags });
    const on = await load(site, other);
    const there = await on.evaluate<boolean>('navigator.gpu.requestAdapter().then(Boolean)');
    context.skip(!there, 'This Chromium has no graphics card of software.');
    expect(await compare({}, on, TOLERANCE)).toEqual({ device: 'webgpu', threads: 1 });
  });

  test('is downloaded once, and again when what is kept is damaged', async () => {
    const asked = () => site.asked.filter((name) => name === '/once.onnx').length;
    site.files.set('/once.onnx', file);
    const once = { ...model, url: '/once.onnx' };
    const progress = await page.evaluate<[number, number][]>(`(async () => {
      const heard = [];
      const onProgress = (done, total) => heard.push([done, total]);
      const opened = await loquent.openPageNetwork(${JSON.stringify(once)}, 'generator', { runtime: '/onnx/', onProgress });
      await opened[Symbol.asyncDispose]();
      return heard;
    })()`);
    expect(progress.at(-1)).toEqual([file.length, file.length]);
    await within('', once);
    expect(asked()).toBe(1);
    await page.evaluate(`(async () => {
      const cache = await caches.open('loquent-models');
      await cache.put(location.origin + '/once.onnx', new Response(new Uint8Array(10)));
    })()`);
    await within('', once);
    expect(asked()).toBe(2);
    await within('', once);
    expect(asked()).toBe(2);
  });

  test('is refused by the cause', async () => {
    expect(await refusal({ ...model, accept: false })).toMatchObject({ code: 'MODEL_LICENCE' });
    expect(await refusal({ ...model, name: 'nobody' })).toMatchObject({ code: 'MODEL_UNKNOWN' });
    expect(await refusal({ ...model, sha256: '0' })).toMatchObject({ code: 'OPTION_INVALID' });
    expect(await refusal({ ...model, url: '/nowhere.onnx' })).toMatchObject({
      code: 'MODEL_DOWNLOAD_FAILED',
      message: expect.stringContaining('404'),
    });
    const fault = async (bytes: Uint8Array, published = bytes) => {
      site.files.set('/other.onnx', bytes);
      const { code, details, message } = await refusal({
        ...model,
        url: '/other.onnx',
        sha256: sha256(published),
      });
      expect(code).toBe('MODEL_LOAD_FAILED');
      expect(message).toContain(`${site.address}/other.onnx`);
      return (details as { fault: string }).fault;
    };
    expect(await fault(tinyWav2Lip(), file)).toBe('checksum');
    expect(await fault(new TextEncoder().encode('<html></html>'))).toBe('web-page');
    expect(await fault(tinyWav2Lip({ opset: 8 }))).toBe('opset');
    // What was wrong was not kept.
    site.files.set('/other.onnx', file);
    await within('', { ...model, url: '/other.onnx' });
  });

  test('does not run elsewhere than it was told to, without a word', async () => {
    const hasCard = await page.evaluate<boolean>(
      `(async () => Boolean(await navigator.gpu?.requestAdapter()))()`,
    );
    if (!hasCard)
      expect(await refusal(model, { device: 'webgpu' })).toMatchObject({ code: 'ENGINE_MISSING' });
    expect(await within('return opened.network.device;')).toBe(hasCard ? 'webgpu' : 'cpu');
    expect(await refusal(model, { runtime: '/nowhere/' })).toMatchObject({ code: 'ENGINE_MISSING' });
  });

  test('gives up what is not needed any more, and refuses numbers that are none', async () => {
    const { mel, faces } = foldingInputs();
    const [cancelled, infinite] = await within<string[]>(
      `const inputs = { mel: ${asText(mel)}, faces: ${asText(faces)} };
      const stop = new AbortController();
      const runs = [opened.network.run(inputs, stop.signal), opened.network.run(inputs, stop.signal)];
      stop.abort();
      const codes = await Promise.all(runs.map((run) => run.then(() => 'ran', ({ code }) => code)));
      inputs.faces.data[7] = NaN;
      return [codes.join(), await opened.network.run(inputs).then(() => 'ran', ({ code }) => code)];`,
      model,
      { device: 'cpu' },
    );
    expect(cancelled).toBe('CANCELLED,CANCELLED');
    expect(infinite).toBe('ENGINE_FAILED');
  });
});
