/**
 * From high dynamic range to ordinary video, as a table of colours: FFmpeg's `lut3d` applies it fast and is part of
 * every build, which its tone mapping is not; and the picture is the same everywhere.
 *
 * PQ and its constants: SMPTE ST 2084. HLG: ITU-R BT.2100. From BT.2020 to BT.709 primaries: ITU-R BT.2087.
 * White of ordinary pictures at 203 cd/m2: ITU-R BT.2408.
 *
 * @module
 */
import type { Transfer } from './clip-format.ts';

/** Entries along each axis: with both curves spread evenly for the eye, more changes no 8-bit value by more than one. */
const SIDE = 33;
/** Brightness of white paper, cd/m2: becomes white of ordinary video. */
const WHITE = 203;
/** Brightest highlight that keeps a difference to those below, cd/m2. */
const PEAK = 1000;
/** Up to this share of white, brightness stays as it is. */
const KNEE = 0.5;
/** Exponent of an ordinary display (ITU-R BT.1886). */
const GAMMA = 2.4;

/** A colour table in the format of `.cube` files: red runs fastest. */
export function toneMapCube(transfer: Exclude<Transfer, 'sdr'>): string {
  const toLight = transfer === 'pq' ? pqLight : hlgLight;
  const lines = [`LUT_3D_SIZE ${SIDE}`];
  for (let b = 0; b < SIDE; b++) {
    for (let g = 0; g < SIDE; g++) {
      for (let r = 0; r < SIDE; r++) {
        const code = [r, g, b].map((step) => step / (SIDE - 1)) as [number, number, number];
        lines.push(
          ordinary(toLight(code))
            .map((value) => value.toFixed(6))
            .join(' '),
        );
      }
    }
  }
  return `${lines.join('\n')}\n`;
}

type Colour = [red: number, green: number, blue: number];

/** Light in multiples of {@link WHITE}, BT.2020 primaries, to code values 0..1 of BT.709. */
function ordinary([red, green, blue]: Colour): Colour {
  const mapped: Colour = [
    1.6605 * red - 0.5876 * green - 0.0728 * blue,
    -0.1246 * red + 1.1329 * green - 0.0083 * blue,
    -0.0182 * red - 0.1006 * green + 1.1187 * blue,
  ];
  const luma = 0.2126 * mapped[0] + 0.7152 * mapped[1] + 0.0722 * mapped[2];
  // Colours that BT.709 cannot show are paled until it can: cutting single channels would change their hue.
  const least = Math.min(...mapped);
  const pale = least < 0 && luma > 0 ? luma / (luma - least) : 1;
  const shown = mapped.map((value) => Math.max(0, luma + (value - luma) * pale)) as Colour;
  const brightest = Math.max(...shown);
  const gain = brightest > 0 ? rollOff(brightest) / brightest : 1;
  return shown.map((value) => Math.min(1, value * gain) ** (1 / GAMMA)) as Colour;
}

/** Bends brightness above the knee so that {@link PEAK} becomes 1 (extended Reinhard); slope 1 at the knee. */
function rollOff(light: number): number {
  if (light <= KNEE) return light;
  const room = 1 - KNEE;
  const above = (light - KNEE) / room;
  const peak = (PEAK / WHITE - KNEE) / room;
  return KNEE + room * Math.min(1, (above * (1 + above / peak ** 2)) / (1 + above));
}

function pqLight(code: Colour): Colour {
  return code.map((value) => {
    const power = value ** (1 / 78.84375);
    const ratio = Math.max(0, power - 0.8359375) / (18.8515625 - 18.6875 * power);
    return (10_000 * ratio ** (1 / 0.1593017578125)) / WHITE;
  }) as Colour;
}

/** With the system gamma of a display of {@link PEAK}. */
function hlgLight(code: Colour): Colour {
  const [a, b, c] = [0.17883277, 0.28466892, 0.55991073];
  const scene = code.map((value) =>
    value <= 0.5 ? value ** 2 / 3 : (Math.exp((value - c) / a) + b) / 12,
  ) as Colour;
  const luminance = 0.2627 * scene[0] + 0.678 * scene[1] + 0.0593 * scene[2];
  const gain = luminance > 0 ? (luminance ** 0.2 * PEAK) / WHITE : 0;
  return scene.map((value) => value * gain) as Colour;
}
