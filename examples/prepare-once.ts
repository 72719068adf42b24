/** Preparation takes a second or two and needs doing once per photo: keep the result in a file. */
import { existsSync } from 'node:fs';
import { loadAvatar, prepareAvatar, renderFile, saveAvatar } from 'loquent';

const [image = 'demo/portraits/ava.png', folder = 'out', ...recordings] = process.argv.slice(2);
const file = `${folder}/me.avatar`;

if (!existsSync(file)) await saveAvatar(await prepareAvatar(image), file);
const avatar = await loadAvatar(file);

for (const [index, audio] of (recordings.length > 0
  ? recordings
  : ['demo/speech/introduction.mp3']
).entries()) {
  const { output, elapsed } = await renderFile({
    avatar,
    audio,
    output: `${folder}/part-${index + 1}.mp4`,
    force: true,
  });
  console.log(`${output} in ${elapsed.toFixed(1)} s`);
}
