import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LoquentError } from '../../src/core/index.ts';
import type { Platform } from '../../src/platform/index.ts';
import { nodePlatform } from '../../src/platform/node/index.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const model = 'assets/models/selfie_segmentation.tflite';

/** A fresh copy of the modules (the manifest is read once) on a host that reads files through `read`. */
async function onHost(read: Platform['readAsset']) {
  vi.resetModules();
  const { usePlatform } = await import('../../src/platform/index.ts');
  usePlatform({ ...nodePlatform, readAsset: read });
  return import('../../src/platform/assets.ts');
}

describe('shipped third-party files', () => {
  test('are all there and are those of the manifest', async () => {
    const { readAssetManifest, verifyAssets } = await onHost(nodePlatform.readAsset);
    const names = (await readAssetManifest()).map(({ name }) => name);
    expect(names).toContain('models/face_landmark_with_attention.tflite');
    expect(names).toContain('litert/litert_wasm_internal.wasm');
    expect(names).toContain('NOTICE.txt');
    expect(await verifyAssets()).toEqual([]);
  });

  test('a changed, shortened or missing file is refused', async () => {
    const changed = await onHost(async (name) => {
      const bytes = Uint8Array.from(await nodePlatform.readAsset(name));
      if (name === model) bytes[1000]! ^= 1;
      return bytes;
    });
    await expect(changed.readVerifiedAsset(model)).rejects.toMatchObject({ code: 'ASSET_CORRUPT' });
    expect((await changed.verifyAssets()).map(({ message }) => message)).toEqual([
      expect.stringContaining('selfie_segmentation'),
    ]);

    const short = await onHost(async (name) => {
      const bytes = await nodePlatform.readAsset(name);
      return name === model ? bytes.subarray(1) : bytes;
    });
    await expect(short.readVerifiedAsset(model)).rejects.toMatchObject({ code: 'ASSET_CORRUPT' });

    const missing = await onHost(async (name) => {
      if (name !== model) return nodePlatform.readAsset(name);
      const { LoquentError: Fresh } = await import('../../src/core/index.ts');
      throw new Fresh('ASSET_MISSING', `The shipped file "${name}" cannot be read.`);
    });
    expect((await missing.verifyAssets()).map(({ code }) => code)).toEqual(['ASSET_MISSING']);
  });

  test('a file that nobody vouches for is refused', async () => {
    const { readVerifiedAsset } = await onHost(nodePlatform.readAsset);
    await expect(readVerifiedAsset('assets/manifest.json')).rejects.toMatchObject({ code: 'ASSET_CORRUPT' });
  });

  test('a damaged manifest is reported, and read again the next time', async () => {
    let damaged = true;
    const { readVerifiedAsset, verifyAssets } = await onHost(async (name) =>
      damaged && name.endsWith('manifest.json')
        ? new TextEncoder().encode('{')
        : nodePlatform.readAsset(name),
    );
    expect((await verifyAssets()).map(({ code }) => code)).toEqual(['ASSET_CORRUPT']);
    damaged = false;
    expect((await readVerifiedAsset(model)).length).toBe(249_024);
  });

  test('are not written again when they are up to date', async () => {
    const build = (): unknown =>
      execFileSync(process.execPath, ['scripts/build-assets.ts'], { cwd: root, encoding: 'utf8' });
    build();
    const before = await stat(join(root, 'assets/manifest.json'));
    build();
    expect((await stat(join(root, 'assets/manifest.json'))).mtimeMs).toBe(before.mtimeMs);
  });
});

describe('file store', () => {
  const { files } = nodePlatform;
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'loquent-files-test-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test('writes, replaces, lists, touches and removes', async () => {
    const path = files.join(folder, 'new', 'a.bin');
    expect(await files.read(path)).toBeNull();
    await files.replace(path, Uint8Array.of(1, 2));
    await files.replace(path, Uint8Array.of(3));
    expect([...(await files.read(path))!]).toEqual([3]);
    await files.touch(path, 5000);
    expect(await files.list(files.join(folder, 'new'))).toEqual([{ name: 'a.bin', size: 1, time: 5000 }]);
    await files.write(path, Uint8Array.of(4, 5));
    expect([...(await readFile(path))]).toEqual([4, 5]);
    await files.remove(path);
    await files.remove(path);
    await files.touch(path);
    expect(await files.list(files.join(folder, 'new'))).toEqual([]);
    expect(await files.list(files.join(folder, 'none'))).toEqual([]);
  });

  test('says which file could not be read or written', async () => {
    await expect(files.read(folder)).rejects.toMatchObject({ code: 'INPUT_UNREADABLE' });
    await expect(files.write(folder, new Uint8Array())).rejects.toMatchObject({
      code: 'OUTPUT_NOT_WRITABLE',
    });
    const error = await files.replace(folder, new Uint8Array()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(LoquentError);
    expect((error as LoquentError).message).toContain(folder);
    // The attempt leaves nothing behind next to the folder.
    const beside = (await files.list(tmpdir())).filter(({ name }) =>
      name.startsWith(folder.slice(tmpdir().length + 1)),
    );
    expect(beside).toEqual([]);
  });
});
