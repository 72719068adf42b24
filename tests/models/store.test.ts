import { createHash } from 'node:crypto';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import '../../src/platform/node/use.ts';
import { KNOWN_MODELS, readCatalogue } from '../../src/models/catalogue.ts';
import { filesOf, parseManifest } from '../../src/models/manifest.ts';
import { ModelStore } from '../../src/models/store.ts';
import { likeOnnx, sendBytes, serveFiles } from './file-server.ts';

let home = '';
let downloads = '';
const bytes = likeOnnx(4000);
const sha256 = createHash('sha256').update(bytes).digest('hex');
const store = (mirror?: string) => new ModelStore(join(home, 'models'), mirror);

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'loquent-store-test-'));
  downloads = mkdtempSync(join(home, 'downloads-'));
  writeFileSync(join(downloads, 'wav2lip.onnx'), bytes);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

test('weights beside a graph are taken as they are, lie beside it, and are needed', async () => {
  const names = ['unet.onnx', 'vae_encoder.onnx', 'vae_decoder.onnx', 'whisper_encoder.onnx'];
  for (const name of names) writeFileSync(join(downloads, `latentsync_${name}`), bytes);
  const models = store();
  await models.importFrom('latentsync', downloads, { accept: true });
  await expect(models.locate('latentsync')).rejects.toMatchObject({
    code: 'MODEL_MISSING',
    message: expect.stringContaining('latentsync_unet.onnx.data'),
  });
  writeFileSync(join(downloads, 'latentsync_unet.onnx.data'), new Uint8Array([0, 1, 2, 255]));
  await models.importFrom('latentsync', downloads, { accept: true });
  const { paths } = await models.locate('latentsync');
  expect(paths['unet-weights']).toBe(`${paths['unet']}.data`);
  writeFileSync(join(downloads, 'latentsync_unet.onnx.data'), '<!doctype html>');
  await expect(models.importFrom('latentsync', downloads, { accept: true })).rejects.toMatchObject({
    details: { fault: 'web-page' },
  });
});

describe('the catalogue', () => {
  test('has a manifest for every known model, and no other', async () => {
    const files = readdirSync(new URL('../../models/neural/', import.meta.url));
    expect(files.toSorted()).toEqual(KNOWN_MODELS.map((name) => `${name}.json`).toSorted());
    const manifests = await readCatalogue();
    expect(manifests.map(({ name }) => name)).toEqual([...KNOWN_MODELS]);
  });

  test('marks what is not for commercial use', async () => {
    const manifests = await readCatalogue();
    const refused = manifests.filter(({ commercial }) => commercial === 'no').map(({ name }) => name);
    expect(refused).toEqual(['wav2lip', 'wav2lip-gan']);
  });

  test('every model can be pulled or says how its files are made', async () => {
    for (const manifest of await readCatalogue()) {
      const byHand = manifest.files.some(({ urls }) => urls.length === 0);
      if (byHand) expect(manifest.obtain, manifest.name).toMatch(/export|import/i);
    }
  });

  test('a manifest that is wrong says what is', () => {
    const text = readFileSync(new URL('../../models/neural/sface.json', import.meta.url), 'utf8');
    const wrong = { ...(JSON.parse(text) as object), commercial: 'maybe', version: '1' };
    expect(() => parseManifest(JSON.stringify(wrong), 'x.json')).toThrow(/version: .*commercial: /s);
    expect(() => parseManifest('{', 'x.json')).toThrow('no JSON');
  });

  test('weights beside a graph belong to a network of the model', () => {
    const text = readFileSync(new URL('../../models/neural/latentsync.json', import.meta.url), 'utf8');
    const files = filesOf(parseManifest(text, 'x.json'), 'fp16').map(({ name }) => name);
    expect(files.slice(0, 2)).toEqual(['latentsync_unet.onnx', 'latentsync_unet.onnx.data']);
    const strange = text.replace('"role": "unet-weights"', '"role": "net-weights"');
    expect(() => parseManifest(strange, 'x.json')).toThrow('no network "net-weights"');
  });

  test('files that could leave the folder are refused', () => {
    const text = readFileSync(new URL('../../models/neural/sface.json', import.meta.url), 'utf8');
    expect(() => parseManifest(text.replace(/"name": "face_rec[^"]*"/, '"name": "../x.onnx"'), 'x')).toThrow(
      'plain file name',
    );
  });

  test('a model that nobody knows is refused with the names', async () => {
    await expect(store().look('wav3lip')).rejects.toMatchObject({
      code: 'MODEL_UNKNOWN',
      message: expect.stringContaining('wav2lip'),
    });
  });
});

describe('importing', () => {
  test('asks for the licence once', async () => {
    await expect(store().importFrom('wav2lip', downloads)).rejects.toMatchObject({
      code: 'MODEL_LICENCE',
      message: expect.stringContaining('NON-COMMERCIAL'),
    });
    await store().importFrom('wav2lip', downloads, { accept: true });
    const again = await store().importFrom('wav2lip', downloads);
    expect(again.accepted).toMatch(/^\d{4}-\d\d-\d\d$/);
  });

  test('finds a file by another name that it is known under, and keeps a copy', async () => {
    const { ready, files } = await store().importFrom('wav2lip', downloads, { accept: true });
    expect(ready).toEqual(['fp32']);
    expect(files[0]).toMatchObject({ name: 'wav2lip_96.onnx', state: 'ready', sha256, trust: 'first-use' });
    rmSync(downloads, { recursive: true });
    const { paths, precision } = await store().locate('wav2lip');
    expect(precision).toBe('fp32');
    expect(readFileSync(paths['generator']!).equals(bytes)).toBe(true);
    expect(readdirSync(join(home, 'models', 'wav2lip')).toSorted()).toEqual([
      'record.json',
      'wav2lip_96.onnx',
    ]);
  });

  test('takes one file of any name where the precision says which it is', async () => {
    writeFileSync(join(downloads, 'mine.onnx'), bytes);
    const state = await store().importFrom('wav2lip', join(downloads, 'mine.onnx'), {
      accept: true,
      precision: 'int8',
    });
    expect(state.ready).toEqual(['int8']);
  });

  test('refuses a folder without its files, and names them', async () => {
    await expect(store().importFrom('sface', downloads, { accept: true })).rejects.toMatchObject({
      code: 'INPUT_NOT_FOUND',
      hint: expect.stringContaining('face_recognition_sface_2021dec.onnx'),
    });
    await expect(store().importFrom('sface', join(home, 'nowhere'))).rejects.toMatchObject({
      code: 'INPUT_NOT_FOUND',
    });
  });

  test('refuses a Git LFS pointer by the name that the user gave', async () => {
    const pointer = join(downloads, 'wav2lip.onnx');
    writeFileSync(pointer, 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 145311231\n');
    await expect(store().importFrom('wav2lip', downloads, { accept: true })).rejects.toMatchObject({
      code: 'MODEL_LOAD_FAILED',
      message: `"${pointer}" is only the Git LFS pointer of a file of 145311231 bytes, not the file itself.`,
    });
    expect(readdirSync(join(home, 'models', 'wav2lip'))).toEqual([]);
  });
});

describe('pulling', () => {
  test('fetches from the mirror, once', async () => {
    await using server = await serveFiles((request, response) => sendBytes(request, response, bytes));
    const first = await store(server.address).pull('wav2lip', { accept: true });
    expect(first.ready).toEqual(['fp32']);
    await store(server.address).pull('wav2lip');
    expect(server.requests.map(({ path }) => path)).toEqual(['/wav2lip/wav2lip_96.onnx']);
  });

  test('fetches nothing before the licence is accepted', async () => {
    await using server = await serveFiles((request, response) => sendBytes(request, response, bytes));
    await expect(store(server.address).pull('gfpgan')).rejects.toMatchObject({
      code: 'MODEL_LICENCE',
      message: expect.stringContaining('Commercial use is unclear.'),
    });
    expect(server.requests).toEqual([]);
  });

  test('says how to get a file that has no address', async () => {
    await expect(store().pull('musetalk', { accept: true })).rejects.toMatchObject({
      code: 'MODEL_DOWNLOAD_FAILED',
      hint: expect.stringMatching(/Export UNet.*loquent models import musetalk <folder>/),
    });
  });

  test('refuses a mirror that is no web address', () => {
    expect(() => new ModelStore(home, 'ftp://x')).toThrow('http address');
  });
});

describe('what is stored', () => {
  beforeEach(() => store().importFrom('wav2lip', downloads, { accept: true }));
  const stored = () => join(home, 'models', 'wav2lip', 'wav2lip_96.onnx');

  test('is verified against what first came', async () => {
    expect(await store().verify('wav2lip')).toEqual([
      { name: 'wav2lip_96.onnx', fault: null, message: 'intact', trust: 'first-use' },
    ]);
  });

  test.each([
    ['checksum', () => writeFileSync(stored(), likeOnnx(4000, 2))],
    ['checksum', () => appendFileSync(stored(), 'x')],
    ['truncated', () => writeFileSync(stored(), bytes.subarray(0, 3000))],
    ['empty', () => writeFileSync(stored(), '')],
  ])('is found damaged (%s) when it is verified and when it is used', async (fault, damage) => {
    damage();
    expect(await store().verify('wav2lip')).toMatchObject([{ fault }]);
    await expect(store().locate('wav2lip')).rejects.toMatchObject({
      code: 'MODEL_LOAD_FAILED',
      details: { fault },
    });
  });

  test('is read again when only its time has changed, and trusted then', async () => {
    writeFileSync(stored(), bytes);
    expect((await store().look('wav2lip')).files[0]!.state).toBe('changed');
    await store().locate('wav2lip');
    expect((await store().look('wav2lip')).files[0]!.state).toBe('ready');
  });

  test('is gone when it is removed; then it is said how to get it', async () => {
    expect(await store().remove('wav2lip')).toBe(true);
    expect(await store().remove('wav2lip')).toBe(false);
    await expect(store().locate('wav2lip')).rejects.toMatchObject({
      code: 'MODEL_MISSING',
      message:
        'The model "wav2lip" (non-commercial use only) is not on this machine: "wav2lip_96.onnx" is missing.',
      hint: expect.stringContaining('loquent models import wav2lip <folder> --accept'),
    });
  });

  test('does not come in a precision that nobody made', async () => {
    await expect(store().locate('sface', 'int8')).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    const { manifest } = await store().look('wav2lip');
    expect(filesOf(manifest, 'int8').map(({ name }) => name)).toEqual(['wav2lip_96_int8.onnx']);
  });
});
