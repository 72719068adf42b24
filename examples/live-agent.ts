/**
 * An agent with a face: what a language model writes is spoken while it is being written, and stops when somebody
 * interrupts. Start `loquent live --avatar photo.jpg`, then this program, and open the link that it prints.
 *
 * With LLM_URL (and LLM_KEY, LLM_MODEL) set to a chat service of OpenAI's form, that one answers what you type; without it,
 * the agent tells its own story.
 */
import { createInterface } from 'node:readline/promises';

const service = process.argv[2] ?? 'http://localhost:8000';
const { LLM_URL: llm, LLM_KEY: key = '', LLM_MODEL: model = 'gpt-4o-mini' } = process.env;

/** The words of an answer, as they come. */
async function* answer(question: string): AsyncGenerator<string> {
  if (!llm) {
    const story = `You said: ${question}. I have no language model, but I do have a face. And I speak while I think.`;
    for (const word of story.split(/(?<= )/)) {
      yield word;
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    return;
  }
  const response = await fetch(llm, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ model, stream: true, messages: [{ role: 'user', content: question }] }),
  });
  let rest = '';
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      if (!line.startsWith('data: {')) continue;
      const part = JSON.parse(line.slice(6)) as { choices: { delta: { content?: string } }[] };
      yield part.choices[0]?.delta.content ?? '';
    }
  }
}

const created = await fetch(`${service}/v1/live/sessions`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ microphone: 'off', origin: service }),
});
if (!created.ok) throw new Error(`No live session: ${await created.text()}`);
const session = (await created.json()) as { id: string; token: string; urls: { socket: string } };
console.log(`Watch: ${service}/live#${session.id}.${session.token}`);

const socket = new WebSocket(service.replace('http', 'ws') + session.urls.socket);
await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }));
const tell = (command: object) => socket.send(JSON.stringify(command));
socket.addEventListener('message', ({ data }) => {
  const event = JSON.parse(String(data)) as { type: string; reason?: string; position?: number };
  if (event.type === 'speech_finished') console.log(`(said ${event.position?.toFixed(1)} s)`);
  if (event.type !== 'closed') return;
  console.log(`The session has ended: ${event.reason}.`);
  process.exit();
});
setInterval(() => tell({ type: 'keep_alive' }), 20_000);

const terminal = createInterface({ input: process.stdin, output: process.stdout });
let turn = 0;
for await (const question of terminal) {
  // Whoever speaks interrupts: the avatar stops at once, and so does the answer that is being written.
  tell({ type: 'interrupt' });
  turn += 1;
  const own = turn;
  const id = `turn-${own}`;
  void (async () => {
    for await (const text of answer(question)) {
      if (own !== turn) return;
      tell({ type: 'speak', id, text, more: true });
    }
    tell({ type: 'speak_end', id });
  })();
}
