/** Controls that change on the way: a scene for a video, and changes at any moment of a stream. */
import { ControlTrack, prepareAvatar, readSpeech, renderFile, talk } from 'loquent';

const [image = 'demo/portraits/ava.png', audio = 'demo/speech/introduction.mp3', output = 'out/scene.mp4'] =
  process.argv.slice(2);

const avatar = await prepareAvatar(image);

// A scene that is known beforehand.
const { duration } = await renderFile({
  avatar,
  audio,
  output,
  force: true,
  emotion: { happy: 0.5 },
  controls: [
    { time: 2, gaze: { theta: 12, phi: -4 } },
    { time: 3.5, gaze: null, emotion: { surprised: 0.6 } },
    { time: 5.5, emotion: { happy: 0.7 }, distance: 0.92 },
  ],
});
console.log(`${output}: ${duration} s`);

// A stream that is told what to do while it runs.
const controls = new ControlTrack();
for await (const frame of talk(avatar, readSpeech(audio), { size: 256, controls })) {
  if (frame.index === 50) controls.push({ emotion: { sad: 0.6 } });
  if (frame.index === 100) controls.push({ emotion: {}, pose: { yaw: 6, roll: -3 } });
  if (frame.index === 150) break;
}
