import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import '../../../src/platform/node/use.ts';
import type { Network, NetworkSignature } from '../../../src/core/network.ts';
import { LocalHost } from '../../../src/engines/onnx/local-host.ts';
import { readManifest } from '../../../src/models/catalogue.ts';
import { webRuntime } from '../onnx/test-runtime.ts';
import { tinyDecoder, tinyEncoder } from '../onnx/tiny-latents.ts';

/** Opens networks of a model out of files that tests write, under the signatures of its manifest. */
export class TinyModels implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'tiny-models-'));
  readonly #host = new LocalHost({
    runtime: webRuntime,
    device: { kind: 'cpu', index: 0 },
    threads: 1,
    graphs: null,
  });

  readonly #latents = new Map<number | null, Promise<Record<string, Network>>>();

  /**
   * A painter of latents with its tiny autoencoder, opened once for each size of a batch.
   *
   * @param batch - `null` is any.
   * @param side - Of its pictures, pixels.
   */
  openLatents(
    model: string,
    batch: number | null,
    side: number,
    unet: (size: number | string) => Uint8Array,
  ): Promise<Record<string, Network>> {
    const size = batch ?? 'batch';
    let opened = this.#latents.get(batch);
    opened ??= this.open(model, {
      unet: unet(size),
      'vae-encoder': tinyEncoder(side, size),
      'vae-decoder': tinyDecoder(side, size),
    });
    this.#latents.set(batch, opened);
    return opened;
  }

  /** @param files - By role; roles that are not given are not opened. */
  async open(model: string, files: Readonly<Record<string, Uint8Array>>): Promise<Record<string, Network>> {
    const { networks } = await readManifest(model);
    const opened: Record<string, Network> = {};
    for (const [role, bytes] of Object.entries(files)) {
      const path = join(this.#folder, `${role}.onnx`);
      writeFileSync(path, bytes);
      const signature = networks[role] as NetworkSignature;
      opened[role] = await this.#host.open({ name: `${model}/${role}`, path, signature, identity: null });
    }
    return opened;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#host[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
