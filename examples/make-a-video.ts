/** The shortest way: a photo and a recording become a video file. */
import { renderFile } from 'loquent';

const [image = 'demo/portraits/ava.png', audio = 'demo/speech/introduction.mp3', output = 'out/example.mp4'] =
  process.argv.slice(2);

const report = await renderFile({ image, audio, output, force: true });

console.log(`${report.output}: ${report.duration} s of video in ${report.elapsed.toFixed(1)} s`);
