import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Memory of a graphics card, bytes. */
export interface GraphicsMemory {
  readonly used: number;
  readonly total: number;
}

/** A card that does not answer is not waited for, milliseconds. */
const PATIENCE = 5000;

/**
 * Asks NVIDIA's driver (`nvidia-smi`) how full a graphics card is.
 *
 * @param index - Which one of several.
 * @returns `null` where the program is not installed or does not tell.
 */
export async function graphicsMemory(index: number): Promise<GraphicsMemory | null> {
  const query = ['--query-gpu=memory.used,memory.total', '--format=csv,noheader,nounits', `--id=${index}`];
  try {
    const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: PATIENCE });
    const [, used, total] = /^\s*(\d+)\s*,\s*(\d+)\s*$/m.exec(stdout) ?? [];
    if (used === undefined || total === undefined || Number(total) === 0) return null;
    return { used: Number(used) * 2 ** 20, total: Number(total) * 2 ** 20 };
  } catch {
    return null;
  }
}
