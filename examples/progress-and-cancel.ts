/** Progress while it works, Ctrl-C (or here: a limit of frames) to stop; nothing half-made stays behind. */
import { LoquentError, renderFile } from 'loquent';

const [
  image = 'demo/portraits/ava.png',
  audio = 'demo/speech/introduction.mp3',
  output = 'out/example.mp4',
  limit = '50',
] = process.argv.slice(2);
const stop = new AbortController();
process.once('SIGINT', () => stop.abort());

try {
  await renderFile({
    image,
    audio,
    output,
    force: true,
    signal: stop.signal,
    onProgress: ({ stage, done, frames }) => {
      console.log(`${stage}: ${Math.round(done * 100)} %`);
      if (frames >= Number(limit)) stop.abort();
    },
    onWarning: ({ code, message }) => console.log(`${code}: ${message}`),
  });
  console.log('It was done before the limit.');
} catch (error) {
  if (!(error instanceof LoquentError)) throw error;
  console.log(`${error.code}: ${error.hint}`);
}
