/** From text to lips with espeak-ng, which the user installs: what the example writes closes the lips, in any language. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { seconds } from '../../../src/core/index.ts';
import { createMotion, knowSpeech, lipsClosed, parsePhones } from '../../../src/motion/index.ts';
import '../../../src/platform/node/use.ts';

const example = fileURLToPath(new URL('../../../examples/say-with-phones.py', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'loquent-espeak-'));

function say(text: string, voice: string, name: string): string {
  execFileSync('python3', [example, text, join(folder, name), '--voice', voice], { stdio: 'pipe' });
  return readFileSync(join(folder, `${name}.json`), 'utf8');
}
function installed(): boolean {
  try {
    return say('Pa.', 'en-us', 'probe').includes('phones');
  } catch {
    return false;
  }
}
const available = installed();
if (!available)
  console.log('libespeak-ng is not installed: speech of a synthesiser with its phones is not tried.');

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.runIf(available)('speech of espeak-ng with its phones', () => {
  test.each([
    ['en-us', 'Papa baked a bumpy pie for my baby, maybe.'],
    ['de', 'Mein Papa bäckt Pfannkuchen mit Apfelmus.'],
    ['fr', 'Un bon pain pour mon ami, papa.'],
    ['es', 'Mi papá come un buen plato de puré.'],
    ['pl', 'Mój brat pije zimną wodę przed pracą.'],
    ['ru', 'Мама мыла раму, папа пил пиво.'],
    ['cs', 'Maminka peče buchty s mákem.'],
    ['it', 'Mamma beve un bel bicchiere di acqua pura.'],
    ['cmn-latn-pinyin', 'wo3 ba4 ba5 ma1 ma5 bu4 pao3'],
    ['hi', 'मेरे पापा भी मामा के पास बैठे हैं'],
    ['tr', 'Babam bana bir pembe bebek aldı.'],
    ['vi', 'ba má tôi bán bánh mì'],
  ])('%s: every p, b, m closes the lips and every open vowel opens them', async (voice, text) => {
    const track = await parsePhones(say(text, voice, voice));
    expect(track).toMatchObject({ notation: 'ipa', language: voice });
    const known = await knowSpeech(track);
    const motion = createMotion({ fps: 25, still: true, known });
    const frames = [
      ...motion.push(
        Array.from({ length: Math.ceil(known.end * 50) }, (_, index) => known.frame(seconds(index / 50))),
      ),
      ...motion.flush(seconds(known.end + 0.3)),
    ];
    const bilabials = track.phones.filter(({ symbol }) => /^[pbm]/.test(symbol ?? ''));
    expect(bilabials.length).toBeGreaterThan(3);
    for (const { start, end } of bilabials) {
      expect(
        frames.some((frame) => frame.time > start - 0.021 && frame.time < end + 0.021 && lipsClosed(frame)),
      ).toBe(true);
    }
    const vowels = track.phones.filter(
      ({ symbol, start, end }) => /^[aɑæɐʌɔɛ]/.test(symbol ?? '') && end - start >= 0.06,
    );
    for (const { start, end } of vowels) {
      const nearest = frames[Math.min(frames.length - 1, Math.round(((start + end) / 2) * 25))];
      expect(lipsClosed(nearest)).toBe(false);
    }
  });
});
