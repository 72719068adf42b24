/** What happens to recordings that are empty, damaged, endless, disguised or unusual. */
import { mkdirSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BLENDSHAPE_INDEX, type Progress, readSpeech, trackMotion, type Warning } from '../../src/index.ts';
import { sweep, wav } from '../media/support/sounds.ts';
import {
  environment,
  expectTidy,
  failure,
  inputFile,
  onPath,
  outputs,
  portrait,
  refusal,
  render,
  speech,
  ways,
} from './support/room.ts';

const mp3 = new Uint8Array(await readFile(new URL('../../demo/speech/introduction.mp3', import.meta.url)));
const codes = (warnings: readonly Warning[]) => warnings.map(({ code }) => code);

/** The first `length` bytes and then nothing. */
const cut = (bytes: Uint8Array, length: number) => bytes.subarray(0, length);

/** A silent MP3: MPEG-1 layer III, 32 kbit/s, 44.1 kHz, mono, one frame of 26 ms after the other. */
function silentMp3(duration: number): Uint8Array {
  const frame = new Uint8Array(104);
  frame.set([0xff, 0xfb, 0x10, 0xc4]);
  const frames = Math.ceil((duration * 44_100) / 1152);
  const bytes = new Uint8Array(frames * frame.length);
  for (let index = 0; index < frames; index += 1) bytes.set(frame, index * frame.length);
  return bytes;
}

describe.each(ways)('a recording, %s,', { timeout: 60_000 }, (way) => {
  const refuse = (audio: Parameters<typeof refusal>[0]['audio'], more = {}) =>
    onPath(way, () => refusal({ ...more, ...(audio !== undefined && { audio }) }));
  const speak = (audio: string | Uint8Array, more = {}) => onPath(way, () => render({ audio, ...more }));

  it('without content or without a sample is refused as empty', async () => {
    expect((await refuse(await inputFile('zero.wav', ''))).code).toBe('INPUT_EMPTY');
    const error = await refuse(await inputFile('header.wav', wav(new Float32Array(0), 16_000, 1)));
    expect(error).toMatchObject({ code: 'AUDIO_EMPTY', exitCode: 3 });
    expect(error.message).toContain('header.wav');
    async function* nothing(): AsyncGenerator<Uint8Array> {}
    expect((await refuse(nothing())).code).toBe('INPUT_EMPTY');
  });

  it('that is silent makes a video in which the mouth stays closed, with a remark', async () => {
    const silence = wav(new Float32Array(8000), 16_000, 1);
    const report = await speak(silence);
    expect(codes(report.warnings)).toEqual(['AUDIO_SILENT']);
    expect(report.frames).toBe(13);
    const { frames } = await trackMotion(readSpeech(silence));
    for (const { weights } of frames) expect(weights[BLENDSHAPE_INDEX.jawOpen]).toBeLessThan(0.02);
  });

  it('at 8 kHz, at 96 kHz or with six channels makes a video of its length', async () => {
    const rows = [
      ['telephone', wav(sweep(8000, 1, 0.4), 8000, 1)],
      ['studio', wav(sweep(96_000, 2, 0.4), 96_000, 2, { format: 's24' })],
      ['cinema', wav(sweep(48_000, 6, 0.4), 48_000, 6, { mask: 0x3f })],
    ] as const;
    for (const [name, audio] of rows) {
      const report = await speak(await inputFile(`${name}.wav`, audio), { force: true });
      expect(report, name).toMatchObject({ frames: 10, warnings: [] });
    }
  });

  it('over the limit of length is refused before any other work when its header tells', async () => {
    const hour = await inputFile(
      'hour.wav',
      wav(new Float32Array(0), 16_000, 1, { declared: 3600 * 32_000 }),
    );
    const handle = await open(hour, 'r+');
    await handle.truncate(44 + 3600 * 32_000);
    await handle.close();
    const seen: Progress[] = [];
    const error = await refuse(hour, {
      maxDuration: 60,
      onProgress: (event: Progress) => void seen.push(event),
    });
    expect(error).toMatchObject({ code: 'AUDIO_TOO_LONG', details: { limit: 60, duration: 3600 } });
    expect(error.message).toMatch(/hour\.wav" is 3600 seconds long; the limit is 60 seconds\./);
    expect(seen.map(({ stage }) => stage)).toEqual(['audio']);
  });

  it('over the limit of length whose header does not tell is refused when the limit is reached', async () => {
    const error = await refuse(await inputFile('long.mp3', silentMp3(4)), { maxDuration: 1 });
    expect(error).toMatchObject({ code: 'AUDIO_TOO_LONG', details: { limit: 1 } });
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield cut(wav(sweep(16_000, 1, 3), 16_000, 1, { declared: 0xffff_ffff }), 16_000 * 5);
    }
    expect((await refuse(endless(), { maxDuration: 1 })).code).toBe('AUDIO_TOO_LONG');
  });

  it('that is cut off makes a video of what is there, with a remark', async () => {
    const whole = wav(sweep(16_000, 1, 1), 16_000, 1);
    const half = await speak(await inputFile('half.wav', cut(whole, 44 + 16_001)));
    expect(half.frames).toBe(13);
    expect(codes(half.warnings)).toEqual(['AUDIO_TRUNCATED']);
    const start = await speak(await inputFile('start.mp3', cut(mp3, 8000)), { force: true });
    expect(start.frames).toBeGreaterThan(5);
    expect(codes(start.warnings)).toContain('AUDIO_TRUNCATED');
  });

  it('whose header lies about its length makes a video of what is there', async () => {
    const samples = sweep(16_000, 1, 0.5);
    for (const [declared, remarks] of [
      [0xffff_fff0, ['AUDIO_TRUNCATED']],
      [0xffff_ffff, []],
      [0, []],
    ] as const) {
      const audio = await inputFile('liar.wav', wav(samples, 16_000, 1, { declared }));
      const report = await speak(audio, { force: true });
      expect(report.frames, String(declared)).toBe(13);
      expect(codes(report.warnings)).toEqual(remarks);
    }
  });

  it('that promises a format and holds noise is refused as damaged', async () => {
    const noise = Uint8Array.from({ length: 5000 }, (_, i) => (i * i * 31 + 7 * i) & 255);
    const rows: [string, string][] = [
      ['RIFF\x10\0\0\0WAVE', 'noise.wav'],
      ['ID3\x04\0\0\0\0\0\0', 'noise.mp3'],
      ['fLaC', 'noise.flac'],
      ['OggS', 'noise.ogg'],
      ['\0\0\0\x18ftypM4A ', 'noise.m4a'],
      ['', 'noise.bin'],
    ];
    for (const [magic, name] of rows) {
      const error = await refuse(await inputFile(name, Buffer.concat([Buffer.from(magic, 'latin1'), noise])));
      expect(error.code, name).toBe('AUDIO_CORRUPT');
      expect(error.message).toContain(name);
    }
  });

  it('that is a photo, a text, a folder or missing is refused for what it is', async () => {
    const folder = join(outputs, '..', 'inputs', 'sounds');
    mkdirSync(folder, { recursive: true });
    const rows = [
      [await inputFile('me.wav', await readFile(portrait)), 'AUDIO_UNSUPPORTED', /me\.wav" is a PNG picture/],
      [await inputFile('notes.mp3', 'la la la'), 'AUDIO_UNSUPPORTED', /notes\.mp3" is text/],
      [folder, 'INPUT_UNREADABLE', /sounds" is a folder/],
      ['nothing.wav', 'INPUT_NOT_FOUND', /"nothing\.wav" does not exist/],
    ] as const;
    for (const [audio, code, words] of rows) {
      const error = await refuse(audio);
      expect(error.code).toBe(code);
      expect(error.message).toMatch(words);
    }
  });

  it('that is a playlist or an address in disguise is never followed', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(String(request.url));
      response.end(speech);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const site = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const secret = await inputFile('secret.wav', speech);
    const lists: Record<string, string> = {
      m3u8: `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${site}/a.ts\n#EXT-X-ENDLIST\n`,
      local: `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${secret}\n#EXT-X-ENDLIST\n`,
      concat: `ffconcat version 1.0\nfile '${secret}'\nfile '${site}/b.wav'\n`,
      address: `${site}/c.wav\n`,
      dash: `<?xml version="1.0"?><MPD><BaseURL>${site}/d.mp4</BaseURL></MPD>`,
      sdp: 'v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n',
    };
    const starts = {
      '': /^AUDIO_UNSUPPORTED$/,
      'RIFF\x24\0\0\0WAVE': /^AUDIO_(CORRUPT|EMPTY)$/,
      ID3: /^AUDIO_CORRUPT$/,
    };
    try {
      for (const [kind, text] of Object.entries(lists)) {
        for (const [start, code] of Object.entries(starts)) {
          for (const ending of start === '' ? ['wav', 'mp3', 'm3u8'] : ['wav']) {
            const error = await refuse(await inputFile(`${kind}.${ending}`, start + text));
            expect(error.code, `${kind}.${ending} after "${start}"`).toMatch(code);
          }
        }
      }
      for (const address of [
        `${site}/e.wav`,
        `concat:${secret}|${secret}`,
        `subfile,,start,0,end,0,,:${secret}`,
      ]) {
        expect((await refuse(address)).code).toMatch(/^INPUT_(UNREADABLE|NOT_FOUND)$/);
      }
      expect((await refuse(new URL(`${site}/f.wav`) as never)).code).toBe('INPUT_UNREADABLE');
      expect(asked).toEqual([]);
    } finally {
      server.close();
    }
  });

  it('that breaks off as a stream ends the job with the error of the stream', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield cut(speech, 4000);
      throw new Error('the microphone was unplugged');
    }
    const run = onPath(way, () => render({ audio: broken() }));
    await expect(run).rejects.toThrow('the microphone was unplugged');
    expectTidy();
  });

  it('as a stream is refused when there is no place to keep it', async () => {
    async function* good(): AsyncGenerator<Uint8Array> {
      yield speech;
    }
    process.env['TMPDIR'] = join(outputs, 'gone');
    const error = await failure(onPath(way, () => render({ audio: good() }))).finally(() => {
      process.env['TMPDIR'] = environment.TMPDIR;
    });
    expect(error.code).toBe('OUTPUT_NOT_WRITABLE');
    expect(error.message).toContain('gone');
  });

  it('can be a good one after all of that', async () => {
    expect((await speak(speech)).frames).toBe(13);
  });
});
