/** What is seen behind the person. */
export type Background =
  /** The photo's own background. */
  | { readonly kind: 'keep' }
  /** The photo's own background out of focus. */
  | {
      readonly kind: 'blur' /** 0 (sharp) .. 1 (only light and colour are left). */;
      readonly strength: number;
    }
  /** One colour, sRGB 0..255. */
  | { readonly kind: 'colour'; readonly colour: readonly [number, number, number] }
  /** A picture that fills the frame: path or `file:` URL of a JPEG, PNG or WebP, or its bytes. */
  | { readonly kind: 'image'; readonly source: string | Uint8Array }
  /** Nothing: frames have an alpha channel. */
  | { readonly kind: 'transparent' };

/** Blur of a background of which no strength is given: a portrait lens wide open. */
const USUAL_BLUR = 0.4;

/** The sixteen basic colour names of CSS, and orange. */
const COLOURS: Readonly<Record<string, number>> = {
  aqua: 0x00ffff,
  black: 0x000000,
  blue: 0x0000ff,
  fuchsia: 0xff00ff,
  gray: 0x808080,
  green: 0x008000,
  grey: 0x808080,
  lime: 0x00ff00,
  maroon: 0x800000,
  navy: 0x000080,
  olive: 0x808000,
  orange: 0xffa500,
  purple: 0x800080,
  red: 0xff0000,
  silver: 0xc0c0c0,
  teal: 0x008080,
  white: 0xffffff,
  yellow: 0xffff00,
};

const PICTURE_DATA = /^data:image\/(?:jpeg|png|webp);base64,([a-z0-9+/]+=*)$/i;
const PICTURE_NAME = /\.(jpe?g|png|webp)$/i;

/**
 * Reads a background as it is written in options: `keep`, `blur`, `blur:0.7`, `#rrggbb`, `#rgb`, `white`,
 * `colour:white`, `transparent`, or the path of a JPEG, PNG or WebP (`image:` before it takes any other name), or the picture
 * itself as a `data:` URL.
 *
 * @returns `null` if the text is none of these.
 */
export function parseBackground(text: string): Background | null {
  if (text === 'keep' || text === 'transparent') return { kind: text };
  const blur = /^blur(?::(.+))?$/.exec(text);
  if (blur) {
    const strength = Number(blur[1] ?? USUAL_BLUR);
    return strength >= 0 && strength <= 1 ? { kind: 'blur', strength } : null;
  }
  const data = PICTURE_DATA.exec(text)?.[1];
  if (data !== undefined) return { kind: 'image', source: bytesOf(data) };
  const named = /^image:(.+)$/s.exec(text);
  if (named) return { kind: 'image', source: named[1]! };
  const colour = parseColour(text.replace(/^colou?r:/, ''));
  if (colour) return { kind: 'colour', colour };
  return PICTURE_NAME.test(text) ? { kind: 'image', source: text } : null;
}

/** Bytes of base64 text; what is no base64 gives no picture, which whoever reads it reports. */
function bytesOf(base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  } catch {
    return new Uint8Array(0);
  }
}

/** Whether a background can be shown to whoever asks for it: it names no file of this machine. */
export function isSelfContained(background: Background): boolean {
  return background.kind !== 'image' || typeof background.source !== 'string';
}

function parseColour(text: string): readonly [number, number, number] | null {
  const digits = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text)?.[1];
  const name = text.toLowerCase();
  const full = digits?.length === 3 ? digits.replace(/./g, '$&$&') : digits;
  const value =
    full === undefined
      ? Object.hasOwn(COLOURS, name)
        ? COLOURS[name]
        : undefined
      : Number.parseInt(full, 16);
  return value === undefined ? null : [value >> 16, (value >> 8) & 255, value & 255];
}
