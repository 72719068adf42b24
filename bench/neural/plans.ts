/** How each model is measured: which engine runs it, over which frames, and what its networks do per frame. @module */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineOptions } from '../../src/core/index.ts';
import { readManifest } from '../../src/models/catalogue.ts';
import { filesOf, type ModelManifest, precisionsOf } from '../../src/models/manifest.ts';

/** How a model is measured. */
export interface Plan {
  readonly engine: EngineOptions['engine'];
  /**
   * A whole job makes `frames`; its speed is that from one of them to another, when the pipeline is filled and not yet running empty.
   */
  readonly frames: number;
  readonly from: number;
  readonly to: number;
  /** How often job and bare networks are measured in turns, and how often each network runs then. */
  readonly rounds: number;
  readonly repeats: number;
  /** Samples of one run. */
  readonly batch: number;
  readonly steps?: number;
  /** Runs per frame, by role: samples, not batches. What runs once in a job or before its first frame is left out. */
  readonly runs: Readonly<Record<string, number>>;
}

const LATENTS = { 'vae-encoder': 2, 'vae-decoder': 1 } as const;
const FEW = { rounds: 1, repeats: 2, batch: 1 } as const;

/** By model, as in `loquent models list`. A photo speaks: every frame is a new picture for the autoencoders. */
const PLANS: Readonly<Record<string, Plan>> = {
  wav2lip: {
    engine: 'wav2lip',
    frames: 150,
    from: 25,
    to: 144,
    rounds: 3,
    repeats: 30,
    batch: 2,
    runs: { generator: 1 },
  },
  musetalk: { engine: 'musetalk', frames: 10, from: 2, to: 6, ...FEW, runs: { ...LATENTS, unet: 1 } },
  liveportrait: {
    engine: 'liveportrait',
    frames: 5,
    from: 1,
    to: 4,
    ...FEW,
    runs: { eyes: 1, lips: 1, stitching: 1, warping: 1 },
  },
  // Hearing and motion of the first window, 80 frames, come before the first frame.
  ditto: {
    engine: 'ditto',
    frames: 5,
    from: 1,
    to: 4,
    ...FEW,
    steps: 2,
    runs: { stitching: 1, warping: 1, decoder: 1 },
  },
  'latentsync-15': {
    engine: 'latentsync',
    frames: 64,
    from: 16,
    to: 32,
    ...FEW,
    steps: 1,
    runs: { ...LATENTS, unet: 1 / 16 },
  },
};

/** The models that can be measured. */
export const MEASURED = Object.keys(PLANS);

/** The model whose files a folder holds, and how it is measured; `null` if there is none. */
export async function planFor(
  folder: string,
): Promise<{ readonly manifest: ModelManifest; readonly plan: Plan } | null> {
  for (const [name, plan] of Object.entries(PLANS)) {
    const manifest = await readManifest(name);
    const files = filesOf(manifest, precisionsOf(manifest)[0]!);
    if (files.every((file) => existsSync(join(folder, file.name)))) return { manifest, plan };
  }
  return null;
}
