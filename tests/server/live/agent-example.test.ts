/** `examples/live-agent.ts`, run as its users run it: against a service, a language model that streams, and a voice. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openLiveRoom } from './support.ts';

const ANSWER = ['Well', ', that', ' is', ' a', ' long', ' story', '. It', ' begins', ' in', ' Rome', '.'];

interface Asked {
  readonly path: string;
  readonly body: {
    readonly input?: string;
    readonly stream?: boolean;
    readonly messages?: { content: string }[];
  };
}

test('the example of an agent says what the model writes, sentence by sentence, and stops when somebody speaks', async () => {
  const asked: Asked[] = [];
  const services = createServer(async (request, response) => {
    let text = '';
    for await (const part of request) text += part;
    const { pathname } = new URL(request.url!, 'http://localhost');
    asked.push({ path: pathname, body: JSON.parse(text) as Asked['body'] });
    if (pathname === '/v1/audio/speech')
      return void response.end(Buffer.from(new Int16Array(48_000).fill(3_000).buffer));
    response.setHeader('content-type', 'text/event-stream');
    for (const content of ANSWER)
      response.write(`data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`);
    response.end('data: [DONE]\n\n');
  });
  services.listen(0, '127.0.0.1');
  await once(services, 'listening');
  const origin = `http://127.0.0.1:${(services.address() as AddressInfo).port}`;
  const room = await openLiveRoom({ voice: `${origin}/v1/audio/speech?voice=nova` });
  const example = fileURLToPath(new URL('../../../examples/live-agent.ts', import.meta.url));
  const env = {
    ...process.env,
    LLM_URL: `${origin}/v1/chat/completions`,
    LLM_KEY: 'key',
    LLM_MODEL: 'small',
  };
  const agent = spawn(process.execPath, [example, room.server.url], { env });
  const gone = once(agent, 'exit');
  let said = '';
  agent.stdout.on('data', (bytes) => {
    said += bytes;
  });
  agent.stderr.on('data', (bytes) => {
    said += bytes;
  });
  try {
    await expect.poll(() => said, { timeout: 30_000 }).toMatch(/Watch: http:\S+\/live#\S+/);
    agent.stdin.write('How did it begin?\n');
    const spoken = (): unknown[] =>
      asked.filter(({ path }) => path.endsWith('speech')).map(({ body }) => body.input);
    await expect
      .poll(spoken, { timeout: 30_000 })
      .toEqual(['Well, that is a long story.', 'It begins in Rome.']);
    const [question] = asked.filter(({ path }) => path.endsWith('completions'));
    expect(question!.body).toMatchObject({ stream: true, messages: [{ content: 'How did it begin?' }] });
    agent.stdin.write('And then?\n');
    // The first answer lasts four seconds; it was cut off by the second question.
    await expect.poll(() => said, { timeout: 30_000 }).toMatch(/\(said [0-3]\.\d s\)[\s\S]*\(said 4\.0 s\)/);
  } finally {
    agent.kill();
    services.close();
  }
  await gone;
});
