/**
 * Numbers of the MPEG audio standard (ISO/IEC 11172-3 and 13818-3, layer III).
 *
 * @module
 */

/**
 * The Huffman codes of table B.7, by table number. `lengths`: code lengths in base 36; `pairs`: what each code stands
 * for, two hexadecimal digits x and y. Both in the order of the codes, which thereby are determined: each is the one
 * before plus one, at its own length.
 */
export const PAIR_CODES: Readonly<Record<number, { readonly lengths: string; readonly pairs: string }>> = {
  1: {
    lengths: '3321',
    pairs: '11011000',
  },
  2: {
    lengths: '665553331',
    pairs: '220212212011011000',
  },
  3: {
    lengths: '665553222',
    pairs: '220212212010110100',
  },
  5: {
    lengths: '8876777766663331',
    pairs: '33233231130330221221022011011000',
  },
  6: {
    lengths: '7766655554443233',
    pairs: '33032332301331220212212001111000',
  },
  7: {
    lengths: 'aaaa99998899899887778888777765664331',
    pairs: '554554533544255215510534504333244214414004233203133130221221022011011000',
  },
  8: {
    lengths: 'bba9aa999889999888788888888666442332',
    pairs: '555445533544255205155134435033244214410440233213310330220220122111011000',
  },
  9: {
    lengths: '998899888877788777766665566554443333',
    pairs: '554535535405442552155134435004244233401441233213310330220212212011011000',
  },
  10: {
    lengths: 'bbbbbbaaaaaaabba99aa99aa9aa8899aa99aa888999999888888777766664331',
    pairs:
      '7767765775664774566537734655546327726407706245350653441771362625521551344316616005502442330414414023' +
      '3203133130221221022011011000',
  },
  11: {
    lengths: 'aaaaaaabbaa999aaaa8899788888999987887788899888888776677654553332',
    pairs:
      '7767767566477457555665377346455435532772640771177036636044255205156226061661513450433324421441044023' +
      '3213310330222112022011011000',
  },
  12: {
    lengths: 'aa99999998899888888998888899777888888777788777666677655544554333',
    pairs:
      '7767765775664774655637735527724664177107703663455444060526626116603553255215513443500424421433412332' +
      '4003301331221221022000110110',
  },
  13: {
    lengths:
      'jjihgggggggggghhffggffffffffffggfggeeffffeeeeeeeeeeeffedeeddeedeedeedeeddeecccddddddcddccddddddddddd' +
      'dccddccccddddcddcbccccccccbbbbccbbccbccccbbccbccbccbccaaabbbbbbbbaaaabbabbabbbbaabbaabbbbbb99aaaaabb' +
      '999aa99aaaaaaaaaa8999999aa999889999998788887777766664431',
    pairs:
      'fefcfdedffefdfeecfdebffbcedcafe9ecddfacdbeeb9ff9eabddb8ff8ccae9e8e7f7ef7daadbccbf66fe85f9dd9f5e7acbb' +
      '4ff4cae6f33f8dd82ff26e9c0fc95eab7dd74ec8d63eb99baa1ff1f0bae5e48c6de3e22e0e1ee1e05dd57cc74d8bb8d49aa9' +
      '6cc63dd37b2dd21db75cc5997ac3a7974bd10dd08aa84cc46bb63c2cc25bb5891cc1980cc0b46aa6793bb3885a2ba569a478' +
      '87947776b21bb10bb0964a3aa359952aa21aa10a68a086499339588567299257753883664774566573199109904884724664' +
      '2882183727177155077036634554266235810880166106605344255205155134435024423314410440233213310330221221' +
      '022011011000',
  },
  15: {
    lengths:
      'ddddcddddddcddcccccccccccccccccccccccddbbccccbbbbbbccbbbbbbbbccbbbbbbbbbbbbbbbbbbbbbbbbbccbbbbbbabbb' +
      'bbbaabbaaaabbaaaaaaabbaaaaabb9aaaaaaaaaaaa9aaaa9aa9aaaaaaaa9999999aa999999aa999999899999999998888999' +
      '99999888888998888888998788777788777776776677666555553443',
    pairs:
      'ffeffedfeefdcffcdeedbffbceecddaffabeebcddc9ff9eabddb8ff8cc9ee97ff7addabc6fae0fcbf68ee85f9df57ee7acca' +
      'bbd98d4ff43ff3d8e62ff26ef01ff19cc95eabbae57dd74ee48cc83e6dd6e39bb92eaae21ee10ee05dd57cc74d8bd4b89aa9' +
      '6cc63dd3d22d0d1d7bb7d15cd0c58aa84cc46bb6990c3cc37aa7a6c00bc22c5bb51c8998c14bb46a3b79b397882b5ab2a51b' +
      'b1b069964aa478873aa359952aa21aa10aa06886499439937709588529677692911990488457753883664728821881740880' +
      '5665377346277264175571077036634554266216066035615344255215510550344324423341140423324003133130221221' +
      '022011011000',
  },
  16: {
    lengths:
      'bbbbbbbbabbbbaaaaa8aa9999aghhffggeffeeffeeffffeffed89988deeeeeeeeeeddeeeedeedddeeeeddeedeecddddddddd' +
      'dddddcddddddcddccddbcccccccddbccccbccccccccbccbbbbccccccccbccbccbccbccbaabbbbbbaabbaabbbbbbbbabbaaab' +
      'baabbaabba99aaaaaa999aa9aa998999999998899887788766664431',
    pairs:
      'effedffdcffcbffbaffa9ff9f88f7ff76ff6ff5ff54ff4f3f03fceecdddee9ead9eeedebbecddcdbaeccadda7eaccac97d5e' +
      'bdf22f0f1ff19ebccb8ee89de7bb8dd86ee69cabbae5d74ee48cc83e6dd69bb9aae1d4b8a97bb7d0e30ee05dd57cc74d8b9a' +
      '6cc63d5cc50d8aa8994cb67a3c5b891cc09879e22e1ed32dd2d13b97881dc46bc3a72cc2b5c10c4bb46aa6b35aa52bb21bb1' +
      '0bb069964aa47887a33a592a9568a1867794495767a21a0aa039935885299276091991904884753883662882477418818008' +
      '5637736546277264550717717036634554266216610660533544255251150534435024423314410440233213310330221221' +
      '022011011000',
  },
  24: {
    lengths:
      '888888887887788777777777777889bbbbbbbbbbbbbbbbbbbbbbbbbbbb4bbbbccbabbaaaabbaaaabbaaaaaaaaaaaaaaaaaaa' +
      'aaaaaaaaaaaaaaaaaaaabbaaaaaaaaaaaaabbabba9aaaabba99aa9aaaa99aa999999999999999999999999999999999999aa' +
      '999aa899888888888888899888888997887777788776677655664444',
    pairs:
      'effedffdcffcbffbfaaf9ff9f88f7ff76ff65ff54ff43ff32ff2f11ff00feedeedceecddbeebcddcaeeabddbcc9ee9addabc' +
      'cb8ee89dd97ee7acffcabb8dd80ee00de66e9cc95ebae5ab7dd7e48cc84e2e3e6dd6e39bb9aae21ee15dd57cc74d8bb8d49a' +
      'a96cc63dd32dd21d7bb7d15cc58aa8994cc46bb6d00c3cc37aa72cc25bb51c8998c14bc00b3bb00a1ab46aa67997a00990b3' +
      '882b5ab2a51bb16996a44a78873aa359952aa2a1688677499439935885296776921991488457753883662882184774810880' +
      '5665170770733727724664557136634554266216610660355344255215055051344324423314410440233213310330221221' +
      '022011011000',
  },
};

/**
 * First half of the synthesis window (table B.3), times 65536. The other half mirrors it: entry `512 - i` is entry `i`,
 * negated unless `i` is a multiple of 64.
 */
export const SYNTHESIS_WINDOW: readonly number[] = [
  0, -1, -1, -1, -1, -1, -1, -2, -2, -2, -2, -3, -3, -4, -4, -5, -5, -6, -7, -7, -8, -9, -10, -11, -13, -14,
  -16, -17, -19, -21, -24, -26, -29, -31, -35, -38, -41, -45, -49, -53, -58, -63, -68, -73, -79, -85, -91,
  -97, -104, -111, -117, -125, -132, -139, -147, -154, -161, -169, -176, -183, -190, -196, -202, -208, 213,
  218, 222, 225, 227, 228, 228, 227, 224, 221, 215, 208, 200, 189, 177, 163, 146, 127, 106, 83, 57, 29, -2,
  -36, -72, -111, -153, -197, -244, -294, -347, -401, -459, -519, -581, -645, -711, -779, -848, -919, -991,
  -1064, -1137, -1210, -1283, -1356, -1428, -1498, -1567, -1634, -1698, -1759, -1817, -1870, -1919, -1962,
  -2001, -2032, -2057, -2075, -2085, -2087, -2080, -2063, 2037, 2000, 1952, 1893, 1822, 1739, 1644, 1535,
  1414, 1280, 1131, 970, 794, 605, 402, 185, -45, -288, -545, -814, -1095, -1388, -1692, -2006, -2330, -2663,
  -3004, -3351, -3705, -4063, -4425, -4788, -5153, -5517, -5879, -6237, -6589, -6935, -7271, -7597, -7910,
  -8209, -8491, -8755, -8998, -9219, -9416, -9585, -9727, -9838, -9916, -9959, -9966, -9935, -9863, -9750,
  -9592, -9389, -9139, -8840, -8492, -8092, -7640, -7134, 6574, 5959, 5288, 4561, 3776, 2935, 2037, 1082, 70,
  -998, -2122, -3300, -4533, -5818, -7154, -8540, -9975, -11455, -12980, -14548, -16155, -17799, -19478,
  -21189, -22929, -24694, -26482, -28289, -30112, -31947, -33791, -35640, -37489, -39336, -41176, -43006,
  -44821, -46617, -48390, -50137, -51853, -53534, -55178, -56778, -58333, -59838, -61289, -62684, -64019,
  -65290, -66494, -67629, -68692, -69679, -70590, -71420, -72169, -72835, -73415, -73908, -74313, -74630,
  -74856, -74992, 75038,
];

/** Extra bits of large values, by table number from 16; tables 16-23 share the codes of 16, 24-31 those of 24. */
export const LINEAR_BITS: readonly number[] = [1, 2, 3, 4, 6, 8, 10, 13, 4, 5, 6, 7, 8, 9, 11, 13];

/** Quadruple codes A (table B.7): code lengths, and values v w x y as one hexadecimal digit, in the order of the codes. */
export const QUAD_CODES = { lengths: '6666665555544441', quads: 'bfde75963ac21480' } as const;

/** Band widths of long blocks, by rate index: 44100, 48000, 32000, 22050, 24000, 16000, 11025, 12000, 8000 Hz. */
export const LONG_BANDS: readonly (readonly number[])[] = [
  [4, 4, 4, 4, 4, 4, 6, 6, 8, 8, 10, 12, 16, 20, 24, 28, 34, 42, 50, 54, 76, 158],
  [4, 4, 4, 4, 4, 4, 6, 6, 6, 8, 10, 12, 16, 18, 22, 28, 34, 40, 46, 54, 54, 192],
  [4, 4, 4, 4, 4, 4, 6, 6, 8, 10, 12, 16, 20, 24, 30, 38, 46, 56, 68, 84, 102, 26],
  [6, 6, 6, 6, 6, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 38, 46, 52, 60, 68, 58, 54],
  [6, 6, 6, 6, 6, 6, 8, 10, 12, 14, 16, 18, 22, 26, 32, 38, 46, 54, 62, 70, 76, 36],
  [6, 6, 6, 6, 6, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 38, 46, 52, 60, 68, 58, 54],
  [6, 6, 6, 6, 6, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 38, 46, 52, 60, 68, 58, 54],
  [6, 6, 6, 6, 6, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 38, 46, 52, 60, 68, 58, 54],
  [12, 12, 12, 12, 12, 12, 16, 20, 24, 28, 32, 40, 48, 56, 64, 76, 90, 2, 2, 2, 2, 2],
];

/** Band widths of short blocks (each of three windows), by rate index. */
export const SHORT_BANDS: readonly (readonly number[])[] = [
  [4, 4, 4, 4, 6, 8, 10, 12, 14, 18, 22, 30, 56],
  [4, 4, 4, 4, 6, 6, 10, 12, 14, 16, 20, 26, 66],
  [4, 4, 4, 4, 6, 8, 12, 16, 20, 26, 34, 42, 12],
  [4, 4, 4, 6, 6, 8, 10, 14, 18, 26, 32, 42, 18],
  [4, 4, 4, 6, 8, 10, 12, 14, 18, 24, 32, 44, 12],
  [4, 4, 4, 6, 8, 10, 12, 14, 18, 24, 30, 40, 18],
  [4, 4, 4, 6, 8, 10, 12, 14, 18, 24, 30, 40, 18],
  [4, 4, 4, 6, 8, 10, 12, 14, 18, 24, 30, 40, 18],
  [8, 8, 8, 12, 16, 20, 24, 28, 36, 2, 2, 2, 26],
];
