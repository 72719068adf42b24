import { meshEngine } from '../src/engines/mesh/index.ts';
import { loadAvatar, motionSchema, readSpeech, trackMotion, viewSchema } from '../src/index.ts';
import { loadRenderer } from '../src/pipeline/renderer.ts';

/**
 * Renders the same ten seconds of motion several times in this process, one core, no encoding.
 *
 * @returns Median frames per second, and CPU milliseconds per frame.
 */
export async function benchRenderer(
  avatarFile: string,
  speech: string,
  size: number,
): Promise<{ fps: number; cpuMsPerFrame: number }> {
  const avatar = await loadAvatar(avatarFile);
  const { frames } = await trackMotion(readSpeech(speech), motionSchema.parse({}));
  using renderer = await loadRenderer(meshEngine, avatar, viewSchema.parse({ size }));
  const part = frames.slice(0, 250);
  const runs: { wall: number; cpu: number }[] = [];
  for (let run = 0; run < 7; run++) {
    const cpu = process.cpuUsage();
    const start = performance.now();
    for (const [index, motion] of part.entries()) renderer.render(motion, index);
    const wall = performance.now() - start;
    const used = process.cpuUsage(cpu);
    // The first runs warm the compilers up.
    if (run >= 2) runs.push({ wall, cpu: (used.user + used.system) / 1000 });
  }
  const middle = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;
  return {
    fps: Math.round((part.length * 1000) / middle(runs.map((run) => run.wall))),
    cpuMsPerFrame: Number((middle(runs.map((run) => run.cpu)) / part.length).toFixed(2)),
  };
}
