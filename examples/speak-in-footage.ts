/** A filmed person says several things, one after the other; each video goes on where the last one ended. Needs FFmpeg. */
import { type FootagePosition, prepareFootage, renderFile } from 'loquent';

const [clip = 'person.mp4', folder = 'out', ...recordings] = process.argv.slice(2);

// Done once per clip: later runs open the file in a fraction of a second.
const avatar = `${folder}/person.avatar`;
await using footage = await prepareFootage(clip, { output: avatar, force: true });
console.log(`${footage.clips[0]?.frameCount} frames`);

let resume: FootagePosition | undefined;
for (const [index, audio] of recordings.entries()) {
  const report = await renderFile({
    image: avatar,
    audio,
    output: `${folder}/answer-${index + 1}.mp4`,
    resume,
    force: true,
  });
  resume = report.footage?.position;
  const places = report.footage?.transitions.map(({ kind, at }) => `${kind} at ${at.toFixed(1)} s`);
  console.log(`${report.output}: ${report.duration.toFixed(1)} s`, ...(places ?? []));
}
