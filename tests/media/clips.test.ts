import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LoquentError, type VideoFrame, type Warning } from '../../src/core/index.ts';
import { type ClipFormat, probeClip, sensibleRate } from '../../src/media/clip-format.ts';
import { readClip } from '../../src/media/clip-reader.ts';
import { isVideo } from '../../src/media/ffmpeg-video.ts';
import { FrameRing } from '../../src/media/frame-ring.ts';
import { toneMapCube } from '../../src/media/tone-map.ts';
import '../../src/platform/node/use.ts';
import { clipPath, hasFfmpeg, makeClip, pattern } from '../fixtures/clips.ts';

const digest = ({ y, u, v }: VideoFrame) => createHash('md5').update(y).update(u).update(v).digest('hex');

async function digests(path: string, format: ClipFormat, from = 0, count?: number): Promise<string[]> {
  const found: string[] = [];
  for await (const frame of readClip({ path }, format, { from, count })) found.push(digest(frame));
  return found;
}

async function colourOf(path: string): Promise<{ y: number; u: number; v: number; warnings: Warning[] }> {
  const warnings: Warning[] = [];
  const format = await probeClip({ path }, { onWarning: (warning) => warnings.push(warning) });
  for await (const { width, height, y, u, v } of readClip({ path }, format, { from: 0, count: 1 })) {
    const middle = (height / 2) * width + width / 2;
    const chroma = (height / 4) * (width / 2) + width / 4;
    return { y: y[middle]!, u: u[chroma]!, v: v[chroma]!, warnings };
  }
  throw new Error('no frame');
}

const failure = (promise: Promise<unknown>): Promise<LoquentError> =>
  promise.then(
    () => expect.fail('it was accepted'),
    (error: unknown) => {
      expect(error).toBeInstanceOf(LoquentError);
      return error as LoquentError;
    },
  );

describe.runIf(hasFfmpeg)('a clip', () => {
  const seen = '-pix_fmt yuv420p -c:v libx264 -bf 3 -g 40'.split(' ');
  const gaps = ['-vf', "select='not(eq(mod(n,7),3))*not(between(n,40,55))'", '-fps_mode', 'vfr'];
  test.each([
    ['open-gop.mp4', [...seen, '-x264-params', 'open-gop=1:b-pyramid=2']],
    ['long-gop.mkv', [...seen, '-g', '400']],
    ['varying.mp4', [...gaps, ...seen]],
    ['varying.webm', [...gaps, '-c:v', 'libvpx', '-g', '40', '-b:v', '500k']],
    [
      'refreshed.mp4',
      ['-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-x264-params', 'intra-refresh=1:keyint=50'],
    ],
  ])('gives the same frame wherever reading begins: %s', async (name, encode) => {
    const path = makeClip(name, [...pattern('160x120', 30, 3), ...encode]);
    const format = await probeClip({ path });
    const all = await digests(path, format);
    expect(all).toHaveLength(90);
    // Frames that were left out are shown as the one before, all others are different.
    expect(new Set(all).size).toBeGreaterThan(60);
    for (const from of [1, 37, 48, 71, 88]) {
      expect(await digests(path, format, from, 2)).toEqual(all.slice(from, from + 2));
    }
  });

  test('is read from the middle of another file', async () => {
    const path = makeClip('part.mp4', [...pattern('160x120', 25, 1), ...seen]);
    const bytes = readFileSync(path);
    const inside = clipPath('inside.bin');
    writeFileSync(inside, Buffer.concat([Buffer.alloc(1000, 7), bytes, Buffer.alloc(500, 7)]));
    const source = { path: inside, part: { offset: 1000, length: bytes.length } };
    const format = await probeClip(source);
    const found: string[] = [];
    for await (const frame of readClip(source, format, { from: 0 })) found.push(digest(frame));
    expect(found).toEqual(await digests(path, format));
  });

  test('stands upright, has square pixels and an even size', async () => {
    const turned = makeClip('turned.mp4', [...pattern('160x120', 25, 0.4), ...seen]);
    const upright = makeClip('upright.mp4', ['-i', turned, '-c', 'copy', '-metadata:s:v', 'rotate=90']);
    expect(await probeClip({ path: upright })).toMatchObject({ width: 120, height: 160 });
    const odd = makeClip('odd.mp4', [
      ...pattern('164x124', 25, 0.4),
      ...['-vf', 'format=yuv444p,crop=161:121:0:0:exact=1'],
      '-pix_fmt',
      'yuv444p',
      '-c:v',
      'libx264',
    ]);
    const format = await probeClip({ path: odd });
    expect(format).toMatchObject({ width: 160, height: 120, sourceWidth: 161, sourceHeight: 121 });
    expect(await digests(odd, format)).toHaveLength(10);
    const wide = makeClip('wide.mp4', [...pattern('160x120', 25, 0.4), '-vf', 'setsar=2', ...seen]);
    expect(await probeClip({ path: wide })).toMatchObject({ width: 320, height: 120 });
  });

  test('keeps its samples where nothing has to be converted', async () => {
    const path = makeClip('plain.mp4', [
      ...pattern('160x120', 25, 0.4),
      ...['-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-color_range', 'tv', '-colorspace', 'bt709'],
    ]);
    const raw = makeClip('plain.yuv', ['-i', path, '-f', 'rawvideo']);
    const [first] = await digests(path, await probeClip({ path }));
    expect(first).toBe(
      createHash('md5')
        .update(readFileSync(raw).subarray(0, 160 * 120 * 1.5))
        .digest('hex'),
    );
  });

  test('has the colours of BT.709 in limited range, whatever it was recorded in', async () => {
    // Orange, as an encoder of each kind codes it.
    const orange = ['-f', 'lavfi', '-i', 'color=c=0xE08030:s=128x96:d=0.4:r=25'];
    const as = (name: string, matrix: string, range: string) =>
      makeClip(name, [
        ...orange,
        ...['-vf', `scale=out_color_matrix=${matrix}:out_range=${range},format=yuv420p`],
        ...['-colorspace', matrix === 'bt601' ? 'smpte170m' : matrix, '-color_range', range],
        ...['-c:v', 'libx264', '-qp', '1'],
      ]);
    const wanted = { y: 138, u: 83, v: 173 };
    for (const [matrix, range] of [
      ['bt709', 'tv'],
      ['bt709', 'pc'],
      ['bt601', 'tv'],
      ['bt601', 'pc'],
    ] as const) {
      const found = await colourOf(as(`${matrix}-${range}.mp4`, matrix, range));
      for (const plane of ['y', 'u', 'v'] as const) {
        expect(Math.abs(found[plane] - wanted[plane]), `${plane} of ${matrix} ${range}`).toBeLessThanOrEqual(
          2,
        );
      }
    }
  });

  test('of high dynamic range is brought down, with a warning', async () => {
    const tagged = (curve: string) => [
      '-color_primaries',
      'bt2020',
      '-color_trc',
      curve,
      '-colorspace',
      'bt2020nc',
    ];
    // HLG: reference white, 203 cd/m2, is coded at 75 %.
    const grey = (level: number) => [
      '-f',
      'lavfi',
      '-i',
      `color=c=black:s=128x96:d=0.4:r=25,format=yuv420p10le,geq=lum=${64 + level * 876}:cb=512:cr=512`,
    ];
    const hlg = makeClip('hlg.mp4', [
      ...grey(0.75),
      ...tagged('arib-std-b67'),
      '-c:v',
      'libx264',
      '-qp',
      '0',
    ]);
    const white = await colourOf(hlg);
    expect(white.warnings.map(({ code }) => code)).toEqual(['CLIP_HDR']);
    expect(white.y).toBeGreaterThan(195);
    expect(white.y).toBeLessThan(225);
    expect([white.u, white.v]).toEqual([128, 128]);
    const peak = await colourOf(
      makeClip('peak.mp4', [...grey(1), ...tagged('arib-std-b67'), '-c:v', 'libx264', '-qp', '0']),
    );
    expect(peak.y).toBeGreaterThanOrEqual(233);
  });

  test('that is no clip is refused with the reason', async () => {
    const still = makeClip('still.png', [...pattern('160x120', 25, 0.04), '-frames:v', '1']);
    expect((await failure(probeClip({ path: still }))).hint).toContain('speak -i photo.jpg');
    const gif = makeClip('moving.gif', pattern('160x120', 10, 0.5));
    expect((await failure(probeClip({ path: gif }))).message).toContain('it is a GIF');
    const sound = makeClip('sound.mp4', ['-f', 'lavfi', '-i', 'sine=d=1', '-c:a', 'aac']);
    expect((await failure(probeClip({ path: sound }))).message).toContain('it holds sound only');
    const text = clipPath('list.mp4');
    writeFileSync(text, '#EXTM3U\nhttp://example.com/a.ts\n');
    expect(await failure(probeClip({ path: text }))).toMatchObject({ code: 'VIDEO_UNSUPPORTED' });
    expect(await isVideo(text)).toBe(false);
    const whole = makeClip('whole.mp4', [...pattern('160x120', 25, 2), ...seen]);
    const half = clipPath('half.mp4');
    writeFileSync(half, readFileSync(whole).subarray(0, 20_000));
    expect((await failure(probeClip({ path: half }))).message).toContain('it is incomplete');
    const key = [
      '-encryption_key',
      '76a6c65c5ea762046bd749a2e632ccbb',
      '-encryption_kid',
      'a7e61c373e219033c21091fa607bf3b8',
    ];
    const locked = makeClip('locked.mp4', [
      '-i',
      whole,
      '-c',
      'copy',
      '-encryption_scheme',
      'cenc-aes-ctr',
      ...key,
    ]);
    expect((await failure(probeClip({ path: locked }))).message).toContain('copy-protected');
  });

  test('that is damaged in the middle is read as far as it can be, and says so', async () => {
    const whole = readFileSync(makeClip('good.mkv', [...pattern('160x120', 25, 4), ...seen]));
    const path = clipPath('damaged.mkv');
    whole.fill(0x5a, whole.length >> 1, (whole.length >> 1) + 3000);
    writeFileSync(path, whole);
    const format = await probeClip({ path });
    let damaged = false;
    let frames = 0;
    for await (const _ of readClip({ path }, format, {
      from: 0,
      onDamage: () => {
        damaged = true;
      },
    }))
      frames++;
    expect(damaged).toBe(true);
    expect(frames).toBeGreaterThan(80);
  });

  test('can be cancelled', async () => {
    const path = makeClip('cancelled.mp4', [...pattern('160x120', 25, 2), ...seen]);
    const format = await probeClip({ path });
    const controller = new AbortController();
    const reading = (async () => {
      for await (const _ of readClip({ path }, format, { from: 0, signal: controller.signal }))
        controller.abort();
    })();
    expect(await failure(reading)).toMatchObject({ code: 'CANCELLED' });
  });
});

test.each([
  [29.97, [30_000, 1001]],
  [23.98, [24_000, 1001]],
  [25, [25, 1]],
  [29.83, [30_000, 1001]],
  [119.88, [60_000, 1001]],
  [240, [60, 1]],
  [13.4, [13_400, 1000]],
  [1, [5000, 1000]],
])('%s frames per second are read at a sensible constant rate', (mean, rate) => {
  expect(sensibleRate(mean)).toEqual(rate);
});

test('frames that are held stay as they are while the ring is filled again', async () => {
  const length = 24;
  const ring = new FrameRing(4, 4, 3);
  let printed = 0;
  let end = () => {};
  /** Prints twenty frames, each of its own number, in pieces that fit no frame. */
  const print = (): void => {
    for (let room = true; room && printed < 20 * length; ) {
      const piece = ring.room().subarray(0, 7);
      piece.fill(Math.floor(printed / length));
      printed += piece.length;
      room = ring.take(piece.length);
    }
    if (printed === 20 * length) end();
  };
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  ring.fill({ printed: ended, resume: () => void setImmediate(print) });
  print();
  const held: VideoFrame[] = [];
  for (let frame = await ring.next(); frame; frame = await ring.next()) {
    held.push(frame);
    const last = held.slice(-3);
    expect(last.map(({ y, v }) => [y[0], v[3]])).toEqual(
      last.map((_, i) => [held.length - last.length + i, held.length - last.length + i]),
    );
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(held).toHaveLength(20);
});

test('tone mapping keeps grey grey and never turns darker where there is more light', () => {
  for (const transfer of ['pq', 'hlg'] as const) {
    const lines = toneMapCube(transfer).trim().split('\n').slice(1);
    const greys = Array.from({ length: 33 }, (_, i) => lines[i * (33 * 33 + 33 + 1)]!.split(' ').map(Number));
    let before = -1;
    for (const [r, g, b] of greys as [number, number, number][]) {
      expect(Math.max(r, g, b) - Math.min(r, g, b)).toBeLessThan(0.003);
      expect(g).toBeGreaterThanOrEqual(before);
      before = g;
    }
    expect(before).toBeGreaterThan(0.99);
  }
});
