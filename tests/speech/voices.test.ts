import { spawnSync } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import '../../src/platform/node/use.ts';
import { openVoice, type SpeechSource } from '../../src/speech/index.ts';

const never = new AbortController().signal;
const espeak = spawnSync('espeak-ng', ['--version']).status === 0;
if (!espeak) console.log('eSpeak NG is not installed: its voice is not tested.');

/** Everything that is said, in one piece. */
async function said(voice: SpeechSource, text: string, signal = never): Promise<Float32Array> {
  const parts: number[] = [];
  for await (const { samples, rate } of voice.speak(text, signal)) {
    expect(rate).toBe(24_000);
    parts.push(...samples);
  }
  return Float32Array.from(parts);
}

describe.runIf(espeak)('eSpeak NG', () => {
  it('speaks a text, whatever is in it', async () => {
    const voice = await openVoice('espeak:en-us');
    const samples = await said(voice, '--help; $(reboot) Hello there, this is a test.');
    expect(samples.length / 24_000).toBeGreaterThan(1.5);
    expect(samples.length / 24_000).toBeLessThan(10);
    const level = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
    expect(level).toBeGreaterThan(0.02);
  });

  it('stops at once when it is told to', async () => {
    const voice = await openVoice('espeak');
    const controller = new AbortController();
    const speaking = (async () => {
      for await (const _ of voice.speak('One two three. '.repeat(300), controller.signal)) controller.abort();
    })();
    await expect(speaking).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('refuses voices that it does not have, or that are none', async () => {
    await expect(openVoice('espeak:--help')).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    const nobody = await openVoice('espeak:xx-nobody');
    await expect(said(nobody, 'Hello.')).rejects.toMatchObject({ code: 'SPEECH_FAILED' });
  });
});

describe.runIf(espeak)('eSpeak NG', () => {
  it('lists its voices by language', async () => {
    const voice = await openVoice('espeak');
    const voices = await voice.voices!(never);
    expect(voices.find(({ id }) => id === 'de')).toMatchObject({ language: 'de' });
    expect(new Set(voices.map(({ id }) => id)).size).toBe(voices.length);
  });

  it('says emphasis differently, and not as words', async () => {
    const voice = await openVoice('espeak');
    const length = async (marked?: string) => {
      let samples = 0;
      for await (const sound of voice.speak('I said now.', never, marked)) samples += sound.samples.length;
      return samples / 24_000;
    };
    const plain = await length();
    const marked = await length('I said <emphasis level="strong">now</emphasis>.');
    expect(marked).not.toBe(plain);
    expect(marked).toBeLessThan(plain * 1.6);
  });
});

describe('a service with the speech endpoint of ElevenLabs', () => {
  const requests: { method: string | undefined; url: string | undefined; key: unknown; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => {
      body += part.toString();
    });
    request.on('end', () => {
      requests.push({ method: request.method, url: request.url, key: request.headers['xi-api-key'], body });
      response.setHeader('content-type', 'application/json');
      if (request.url === '/v1/voices') {
        const ann = { voice_id: '4nn', name: 'Ann', labels: { language: 'en' } };
        return void response.end(JSON.stringify({ voices: [ann, { voice_id: 'b0b', name: 'Bob' }] }));
      }
      if (request.url?.includes('silent')) return void response.end('{}');
      const sound = Buffer.from(new Int16Array(12_000).fill(8192).buffer).toString('base64');
      const starts = [0, 0.1, 0.2, 0.25, 0.3];
      const alignment = {
        characters: [...'Hi yo'],
        character_start_times_seconds: starts,
        character_end_times_seconds: starts.map((start) => start + 0.05),
      };
      return void response.end(JSON.stringify({ audio_base64: sound, alignment }));
    });
  });
  const address = async (voice: string) => {
    if (!server.listening) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://:k%2Fey@127.0.0.1:${(server.address() as AddressInfo).port}/v1/text-to-speech?voice=${voice}`;
  };
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('speaks, and tells when each word is heard', async () => {
    const voice = await openVoice(await address('4nn'));
    expect(voice.name).not.toContain('ey');
    const sounds: unknown[] = [];
    for await (const { samples, ...rest } of voice.speak('Hi yo', never)) {
      sounds.push({ length: samples.length, first: samples[0], ...rest });
    }
    expect(sounds).toEqual([
      {
        length: 12_000,
        first: 0.25,
        rate: 24_000,
        words: [
          { text: 'Hi', start: 0, end: 0.15000000000000002 },
          { text: 'yo', start: 0.25, end: 0.35 },
        ],
      },
    ]);
    expect(requests.at(-1)).toEqual({
      method: 'POST',
      url: '/v1/text-to-speech/4nn/with-timestamps?output_format=pcm_24000',
      key: 'k/ey',
      body: '{"text":"Hi yo","model_id":"eleven_multilingual_v2"}',
    });
  });

  it('lists its voices, and fails in words', async () => {
    const voice = await openVoice(await address('silent'));
    expect(await voice.voices!(never)).toEqual([
      { id: '4nn', name: 'Ann', language: 'en' },
      { id: 'b0b', name: 'Bob', language: null },
    ]);
    await expect(said(voice, 'Hello.')).rejects.toMatchObject({ code: 'SPEECH_FAILED' });
    const nobody = await openVoice('http://127.0.0.1:9/v1/text-to-speech');
    await expect(said(nobody, 'Hello.')).rejects.toMatchObject({ code: 'SPEECH_FAILED' });
  });
});

describe('a service with the speech endpoint of OpenAI', () => {
  const requests: { url: string | undefined; key: string | undefined; body: Record<string, unknown> }[] = [];
  let gone = 0;
  let server: Server | undefined;

  /** Address of a service that says one second, or does what the voice is called. */
  async function service(): Promise<string> {
    server ??= createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part) => parts.push(part));
      request.on('end', async () => {
        const body = JSON.parse(Buffer.concat(parts).toString()) as Record<string, unknown>;
        requests.push({ url: request.url, key: request.headers.authorization, body });
        if (body['voice'] === 'refuse') return void response.writeHead(401).end('no');
        response.on('close', () => {
          if (!response.writableFinished) gone += 1;
        });
        const pcm = Buffer.from(new Int16Array(24_000).fill(8192).buffer);
        response.write(pcm.subarray(0, 4801));
        if (body['voice'] === 'break') return void setTimeout(20).then(() => response.destroy());
        if (body['voice'] === 'slow') return;
        response.end(pcm.subarray(4801));
      });
    });
    const open = server;
    if (!open.listening) await new Promise<void>((resolve) => open.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(open.address() as AddressInfo).port}`;
  }

  afterAll(() => {
    server?.closeAllConnections();
    server?.close();
  });

  it('speaks, with its key, voice and model', async () => {
    const voice = await openVoice(`http://:se%2Fcret@${await service()}?voice=nova&model=kokoro&speed=1.5`);
    expect(voice.name).not.toContain('cret');
    const samples = await said(voice, 'Hello.');
    expect([samples.length, samples[0], samples.at(-1)]).toEqual([24_000, 0.25, 0.25]);
    expect(requests.at(-1)).toEqual({
      url: '/v1/audio/speech',
      key: 'Bearer se/cret',
      body: { model: 'kokoro', voice: 'nova', speed: 1.5, response_format: 'pcm', input: 'Hello.' },
    });
  });

  it('is left at once when it is told to stop', async () => {
    const voice = await openVoice(`http://${await service()}/v1/audio/speech?voice=slow`);
    const controller = new AbortController();
    const speaking = (async () => {
      for await (const { samples } of voice.speak('Hello.', controller.signal)) {
        expect(samples.length).toBeGreaterThan(0);
        controller.abort();
      }
    })();
    await expect(speaking).rejects.toMatchObject({ code: 'CANCELLED' });
    for (let turn = 0; turn < 200 && gone === 0; turn += 1) await setTimeout(5);
    expect(gone).toBe(1);
  });

  it('says what is wrong when it refuses, breaks off or is not there', async () => {
    const at = await service();
    for (const address of [`http://${at}?voice=refuse`, `http://${at}?voice=break`, 'http://127.0.0.1:1']) {
      const voice = await openVoice(address);
      await expect(said(voice, 'Hello.')).rejects.toMatchObject({ code: 'SPEECH_FAILED' });
    }
    await expect(openVoice('http://')).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });
});
