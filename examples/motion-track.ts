/** The movement alone, as numbers for a game engine or a 3D avatar: when does the jaw open? */
import { BLENDSHAPE_INDEX, readSpeech, trackMotion } from 'loquent';

const [audio = 'demo/speech/introduction.mp3'] = process.argv.slice(2);

const track = await trackMotion(readSpeech(audio), { fps: 30 });
const jaw = BLENDSHAPE_INDEX.jawOpen;
const widest = track.frames.reduce((a, b) => (b.weights[jaw]! > a.weights[jaw]! ? b : a));

console.log(`${track.frames.length} frames; the jaw opens widest at ${widest.time.toFixed(2)} s.`);
console.log(JSON.stringify({ time: widest.time, weights: Array.from(widest.weights), head: widest.head }));
