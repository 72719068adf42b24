import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderFile } from '../../src/index.ts';
import { speechFixture } from '../fixtures/speech.ts';

interface Event {
  readonly ph: string;
  readonly tid: number;
  readonly name: string;
  readonly ts: number;
  readonly dur: number;
  readonly args: { readonly name: string };
}

const image = new URL('../../demo/portraits/sam.png', import.meta.url);
const { sound } = speechFixture();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loquent-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a trace', { timeout: 120_000 }, () => {
  it('shows every piece of work once, on lines without overlaps', async () => {
    const trace = join(folder, 'trace.json');
    const job = { image, audio: sound, size: 64, cache: false, encoder: 'embedded', threads: 2 } as const;
    const report = await renderFile({ ...job, output: join(folder, 'a.mp4'), trace });
    const events = JSON.parse(await readFile(trace, 'utf8')) as Event[];
    const names = new Map(
      events.filter(({ name }) => name === 'thread_name').map(({ tid, args }) => [tid, args.name]),
    );
    const work = events.filter(({ ph }) => ph === 'X').toSorted((a, b) => a.ts - b.ts);
    const on = (track: string) => work.filter(({ tid }) => names.get(tid) === track);
    expect(on('job').map(({ name }) => name)).toEqual([
      'open the sound',
      'open the scene',
      'open the encoder',
      'make frames',
    ]);
    const drawn = [...on('renderer 1'), ...on('renderer 2')];
    // Every frame, and making the renderers; the second may come too late to help.
    expect(drawn.length - report.frames).toBeGreaterThanOrEqual(1);
    expect(drawn.length - report.frames).toBeLessThanOrEqual(2);
    for (const stage of ['avatar', 'audio', 'motion', 'encode', 'finish'] as const) {
      const spent = on(stage).reduce((sum, { dur }) => sum + dur, 0) / 1e6;
      expect(spent, stage).toBeCloseTo(report.stages[stage], 1);
    }
    for (const track of names.values()) {
      let end = 0;
      for (const { ts, dur } of on(track)) {
        // Times are rounded to microseconds.
        expect(ts, track).toBeGreaterThanOrEqual(end - 2);
        end = ts + dur;
      }
    }
  });

  it('that cannot be written is told before any work is done', async () => {
    const job = { image, audio: sound, output: join(folder, 'b.mp4') };
    await expect(renderFile({ ...job, trace: join(folder, 'none', 'trace.json') })).rejects.toMatchObject({
      code: 'OUTPUT_NOT_WRITABLE',
    });
  });
});
