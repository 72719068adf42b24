/**
 * The voices that no network of this project has heard in training, not even resampled, and how to get them.
 *
 * @module
 */
import type { PhoneSet } from '../labels.ts';

/** Which program speaks. */
export type Synthesiser = 'flite' | 'festival' | 'espeak-ng';

/** A held-out voice. */
export interface Voice {
  readonly name: string;
  readonly synthesiser: Synthesiser;
  /** Name by which the program knows it. */
  readonly id: string;
  /** Language of its sentences, a key of `SENTENCES`. */
  readonly language: string;
  /** Made from recordings of a person (else by formant synthesis). */
  readonly human: boolean;
  readonly phones: PhoneSet;
  /** Character set of the program's input. */
  readonly encoding: 'utf-8' | 'latin1' | 'iso-8859-2';
  /** Debian packages that bring it. */
  readonly packages: string;
}

const espeak = (name: string, id: string, language: string): Voice => ({
  name,
  synthesiser: 'espeak-ng',
  id,
  language,
  human: false,
  phones: 'ipa',
  encoding: 'utf-8',
  packages: 'libespeak-ng1 python3',
});
const festival = (
  name: string,
  id: string,
  language: string,
  phones: PhoneSet,
  encoding: Voice['encoding'],
  packages: string,
): Voice => ({
  name,
  synthesiser: 'festival',
  id,
  language,
  human: true,
  phones,
  encoding,
  packages: `festival ${packages}`,
});

/** All held-out voices. */
export const VOICES: readonly Voice[] = [
  {
    name: 'awb',
    synthesiser: 'flite',
    id: 'awb',
    language: 'en',
    human: true,
    phones: 'arpabet',
    encoding: 'utf-8',
    packages: 'flite',
  },
  festival('ked', 'voice_ked_diphone', 'en', 'arpabet', 'utf-8', 'festvox-kdlpc16k'),
  festival('krb', 'voice_czech_krb', 'cs', 'festival-czech', 'iso-8859-2', 'festvox-czech-krb'),
  festival('lp', 'voice_lp_diphone', 'it', 'festival-italian', 'latin1', 'festvox-italp16k'),
  espeak('sv-m5', 'sv+m5', 'sv'),
  espeak('tr-f4', 'tr+f4', 'tr'),
  espeak('hu-klatt3', 'hu+klatt3', 'hu'),
  espeak('vi-Marco', 'vi+Marco', 'vi'),
  espeak('en-sandro', 'en-us+sandro', 'en'),
  espeak('de-steph2', 'de+steph2', 'de'),
  espeak('fr-zac', 'fr+zac', 'fr'),
  espeak('cmn-iven3', 'cmn-latn-pinyin+iven3', 'cmn'),
];
