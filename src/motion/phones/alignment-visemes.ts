import { type RawPhones, unreadable } from './raw-phones.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A sound that looks like each viseme of the Oculus set, under the names of Oculus and of Ready Player Me. */
const OCULUS: Readonly<Record<string, string>> = {
  sil: '',
  PP: 'p',
  FF: 'f',
  TH: 'θ',
  DD: 't',
  kk: 'k',
  CH: 'tʃ',
  SS: 's',
  nn: 'n',
  RR: 'ɹ',
  aa: 'a',
  E: 'ɛ',
  ih: 'ɪ',
  I: 'ɪ',
  oh: 'ɔ',
  O: 'ɔ',
  ou: 'u',
  U: 'u',
};
/** A sound of each viseme number of Azure's speech service, 0 to 21. */
const AZURE = ' ʌ ɑ ɔ ɛ ɝ i u o aʊ ɔɪ aɪ h ɹ l s ʃ ð f t k p'.split(' ');
/** Azure counts time in steps of 100 ns. */
const AZURE_TICKS = 1e7;
/** How long the last mouth of a list without an end stays, seconds. */
const LAST = 0.1;

/**
 * Reads TalkingHead's timeline, which HeadTTS writes as well: `{ visemes: ['PP'], vtimes: [120], vdurations: [60] }`,
 * milliseconds.
 *
 * @throws LoquentError `PHONES_INVALID`.
 */
export function readTimeline({ visemes, vtimes, vdurations }: Fields): RawPhones {
  if (!Array.isArray(visemes) || !Array.isArray(vtimes) || !Array.isArray(vdurations)) {
    throw unreadable('is a timeline without "visemes", "vtimes" and "vdurations"');
  }
  const starts = vtimes.map((time) => Number(time) / 1000);
  return {
    notation: 'ipa',
    phones: visemes.map((viseme, index) => {
      const symbol = OCULUS[String(viseme)];
      if (symbol === undefined) throw unreadable(`has the unknown viseme "${viseme}"`);
      // Such timelines let a mouth go on into the next one; a phone ends there.
      const end = Math.min(starts[index] + Number(vdurations[index]) / 1000, starts[index + 1] ?? Infinity);
      return [starts[index], end, symbol];
    }),
  };
}

/**
 * Reads the viseme events of Azure's speech service: `[{ "audioOffset": 1200000, "visemeId": 21 }]`.
 *
 * @throws LoquentError `PHONES_INVALID`.
 */
export function readAzureVisemes(events: readonly Fields[]): RawPhones {
  const starts = events.map(({ audioOffset }) => Number(audioOffset) / AZURE_TICKS);
  return {
    notation: 'ipa',
    phones: events.map(({ visemeId }, index) => {
      const symbol = AZURE[Number(visemeId)];
      if (symbol === undefined) throw unreadable(`has the unknown viseme ${visemeId}`);
      return [starts[index], starts[index + 1] ?? starts[index] + LAST, symbol];
    }),
  };
}
