/** The engine as a stream: take frames one by one, here to keep one per second as PNG. */
import { prepareAvatar, readSpeech, talk } from 'loquent';
import sharp from 'sharp';

const [image = 'demo/portraits/ava.png', audio = 'demo/speech/introduction.mp3', folder = 'out'] =
  process.argv.slice(2);
const fps = 25;

const avatar = await prepareAvatar(image);
for await (const frame of talk(avatar, readSpeech(audio), { fps, size: 256 })) {
  if (frame.index % fps !== 0) continue;
  // The pixels are valid until the next frame is asked for; awaiting here is what keeps them.
  const { width, height } = frame;
  const name = `${folder}/frame-${frame.index}.png`;
  await sharp(frame.data, { raw: { width, height, channels: 4 } })
    .png()
    .toFile(name);
  console.log(`${name} at ${frame.time.toFixed(2)} s`);
}
