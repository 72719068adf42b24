import '../../../src/platform/node/use.ts';
import { canonicalFace, type Face, type Mask } from '../../../src/avatar/analysis/index.ts';
import { buildAvatar } from '../../../src/avatar/preparation/index.ts';
import { CHAINS, OVAL } from '../../../src/avatar/preparation/landmark-chains.ts';
import type { Avatar, Picture, Radians } from '../../../src/core/index.ts';

type Point = readonly [number, number];

/** Size of the drawn picture and of the face in it. */
const SIZE = 480;
const PIXELS_PER_CM = 13;
const CENTRE: Point = [240, 215];

export interface DrawnFace {
  readonly picture: Picture;
  readonly avatar: Avatar;
  /** 478 landmarks, picture pixels. */
  readonly landmarks: Float32Array;
}

/**
 * A face drawn by code from MediaPipe's canonical face, and its avatar: skin, lips with a dark seam, eyes with white,
 * iris and lashes, brows, hair, shoulders, before a patterned background.
 *
 * @param options.matted - Whether the person is cut out; default true.
 * @param options.lashes - Whether single dark hairs stand on the upper lids; default false.
 * @param options.glasses - Whether the person wears spectacles with thin dark rims; default false.
 */
export async function drawFace({ matted = true, lashes = false, glasses = false } = {}): Promise<DrawnFace> {
  const canonical = await canonicalFace();
  const landmarks = new Float32Array(478 * 3);
  for (let v = 0; v < 468; v++) {
    landmarks[v * 3] = CENTRE[0] + canonical.vertices[v * 3]! * PIXELS_PER_CM;
    landmarks[v * 3 + 1] = CENTRE[1] - canonical.vertices[v * 3 + 1]! * PIXELS_PER_CM;
    landmarks[v * 3 + 2] = -canonical.vertices[v * 3 + 2]! * PIXELS_PER_CM;
  }
  // the canonical lips are a little apart
  CHAINS.innerUpper.forEach((upper, i) => {
    for (let k = 0; k < 3; k++) {
      const [a, b] = [upper * 3 + k, CHAINS.innerLower[i]! * 3 + k];
      landmarks[a] = landmarks[b] = (landmarks[a]! + landmarks[b]!) / 2;
    }
  });
  const at = (v: number): Point => [landmarks[v * 3]!, landmarks[v * 3 + 1]!];
  const irises = [placeIris(landmarks, 468, at(33), at(133)), placeIris(landmarks, 473, at(362), at(263))];
  const canvas = new Canvas(SIZE, SIZE);
  paint(canvas, at, irises);
  if (lashes) paintLashes(canvas, at);
  if (glasses) for (const { centre } of irises) canvas.line(rimAround(centre), 1.1, RIM_COLOUR);
  const picture = { width: SIZE, height: SIZE, data: canvas.data };
  const xs = [...OVAL].map((v) => at(v)[0]);
  const ys = [...OVAL].map((v) => at(v)[1]);
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const face: Face = {
    landmarks,
    score: 1,
    box: { x: left, y: top, width: Math.max(...xs) - left, height: Math.max(...ys) - top },
    height: Math.hypot(at(10)[0] - at(152)[0], at(10)[1] - at(152)[1]),
    pose: { yaw: 0 as Radians, pitch: 0 as Radians, roll: 0 as Radians },
  };
  const mask = matted ? personMask() : null;
  const avatar = await buildAvatar({
    picture,
    face,
    mask,
    canonical,
    id: 'drawn',
    warnings: [],
    surround: null,
  });
  return { picture, avatar, landmarks };
}

/** Colour of the spectacles. */
export const RIM_COLOUR = [38, 42, 96] as const;

/** The rim of a spectacle lens around an eye. */
function rimAround([x, y]: Point): Point[] {
  return Array.from({ length: 49 }, (_, i) => {
    const angle = (i / 48) * 2 * Math.PI;
    return [x + 29 * Math.cos(angle), y + 3 + 17 * Math.sin(angle)] as const;
  });
}

function paintLashes(canvas: Canvas, at: (v: number) => Point): void {
  for (const [chain, outwards] of [
    [CHAINS.rightUpper, -1],
    [CHAINS.leftUpper, 1],
  ] as const) {
    const edge = chain.map(at);
    for (let i = 4; i < 36; i += 2) {
      const t = (i / 40) * (edge.length - 1);
      const [a, b] = [edge[Math.floor(t)]!, edge[Math.floor(t) + 1]!];
      const [x, y] = [a[0] + (b[0] - a[0]) * (t % 1), a[1] + (b[1] - a[1]) * (t % 1)];
      const lean = 0.7 * outwards * (i / 40 - 0.5) * 2 * outwards;
      canvas.line(
        [
          [x, y],
          [x + 6 * Math.sin(lean), y - 6 * Math.cos(lean)],
        ],
        0.35,
        [30, 20, 18],
      );
    }
  }
}

function placeIris(
  landmarks: Float32Array,
  first: number,
  a: Point,
  b: Point,
): { centre: Point; radius: number } {
  const centre: Point = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2 - 1];
  const radius = 0.5 * PIXELS_PER_CM;
  [
    [0, 0],
    [1, 0],
    [0, -1],
    [-1, 0],
    [0, 1],
  ].forEach(([dx, dy], i) => {
    landmarks.set([centre[0] + dx! * radius, centre[1] + dy! * radius, -60], (first + i) * 3);
  });
  return { centre, radius };
}

const HEAD = { x: CENTRE[0], y: CENTRE[1] - 12, rx: 128, ry: 152 };
/** Whether the drawn person covers a point of the picture. */
export const isPerson = (x: number, y: number) =>
  ((x - HEAD.x) / HEAD.rx) ** 2 + ((y - HEAD.y) / HEAD.ry) ** 2 < 1 ||
  (Math.abs(x - CENTRE[0]) < 55 && y > CENTRE[1]) ||
  ((x - CENTRE[0]) / 190) ** 2 + ((y - SIZE - 30) / 125) ** 2 < 1;

function personMask(): Mask {
  const n = 160;
  const data = new Float32Array(n * n);
  for (let i = 0; i < data.length; i++) {
    const [x, y] = [((i % n) + 0.5) * (SIZE / n), (Math.floor(i / n) + 0.5) * (SIZE / n)];
    data[i] = isPerson(x, y) ? 1 : 0;
  }
  return { rect: { x: 0, y: 0, width: SIZE, height: SIZE }, width: n, height: n, data };
}

function paint(
  canvas: Canvas,
  at: (v: number) => Point,
  irises: readonly { centre: Point; radius: number }[],
): void {
  canvas.fill(
    () => true,
    (x, y) => [70 + 0.1 * x, 110 + 18 * Math.sin(x / 9) * Math.sin(y / 9), 150 + 0.08 * y],
  );
  canvas.fill(isPerson, (x, y) =>
    y > CENTRE[1] + 130 ? [60, 70, 110] : [92, 60, 44 + 10 * Math.sin(x / 5)],
  );
  const skin = (x: number, y: number) => [
    214 - 0.06 * x,
    168 - 0.03 * y + 2 * Math.sin(x * 1.7) * Math.sin(y * 1.3),
    142,
  ];
  canvas.fill((x, y) => Math.abs(x - CENTRE[0]) < 50 && y > CENTRE[1] + 80 && y < CENTRE[1] + 180, skin);
  canvas.polygon(OVAL.map(at), skin);
  for (const [upper, lower] of [
    [CHAINS.rightUpper, CHAINS.rightLower],
    [CHAINS.leftUpper, CHAINS.leftLower],
  ] as const) {
    const outline = [...upper.map(at), ...[...lower].reverse().map(at)];
    canvas.polygon(outline, () => [236, 232, 228]);
    for (const { centre, radius } of irises) {
      const inEye = inside(outline);
      canvas.fill(
        (x, y) => Math.hypot(x - centre[0], y - centre[1]) < radius && inEye(x, y),
        (x, y) => (Math.hypot(x - centre[0], y - centre[1]) < radius * 0.45 ? [16, 14, 14] : [66, 96, 120]),
      );
    }
    canvas.line(upper.map(at), 1.6, [44, 30, 26]);
  }
  for (const chain of [
    [70, 63, 105, 66, 107],
    [336, 296, 334, 293, 300],
  ])
    canvas.line(chain.map(at), 4, [70, 46, 34]);
  canvas.line([168, 6, 197, 195, 5].map(at), 1.2, [190, 140, 118]);
  const lips = [...CHAINS.outerUpper.map(at), ...[...CHAINS.outerLower].reverse().map(at)];
  canvas.polygon(lips, () => [178, 88, 86]);
  const seam = CHAINS.innerUpper.map((v, i): Point => {
    const [a, b] = [at(v), at(CHAINS.innerLower[i]!)];
    return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  });
  canvas.line(seam, 1.1, [84, 34, 36]);
}

function inside(polygon: readonly Point[]): (x: number, y: number) => boolean {
  return (x, y) => {
    let odd = false;
    for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
      const [a, b] = [polygon[i]!, polygon[j]!];
      if (a[1] > y !== b[1] > y && x < a[0] + ((y - a[1]) * (b[0] - a[0])) / (b[1] - a[1])) odd = !odd;
    }
    return odd;
  };
}

/** A picture that takes shapes as functions of the position, four samples per pixel. */
class Canvas {
  readonly data: Uint8Array;
  readonly #width: number;
  readonly #height: number;

  constructor(width: number, height: number) {
    this.#width = width;
    this.#height = height;
    this.data = new Uint8Array(width * height * 4).fill(255);
  }

  fill(covers: (x: number, y: number) => boolean, colour: (x: number, y: number) => readonly number[]): void {
    for (let y = 0; y < this.#height; y++) {
      for (let x = 0; x < this.#width; x++) this.#blend(x, y, covers, colour);
    }
  }

  polygon(points: readonly Point[], colour: (x: number, y: number) => readonly number[]): void {
    this.#box(points, 1, inside(points), colour);
  }

  line(points: readonly Point[], half: number, colour: readonly number[]): void {
    const near = (x: number, y: number) => {
      for (let i = 1; i < points.length; i++) {
        const [a, b] = [points[i - 1]!, points[i]!];
        const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
        const t = Math.min(1, Math.max(0, ((x - a[0]) * dx + (y - a[1]) * dy) / (dx * dx + dy * dy)));
        if (Math.hypot(x - a[0] - t * dx, y - a[1] - t * dy) < half) return true;
      }
      return false;
    };
    this.#box(points, half + 1, near, () => colour);
  }

  #box(
    points: readonly Point[],
    pad: number,
    covers: (x: number, y: number) => boolean,
    colour: (x: number, y: number) => readonly number[],
  ): void {
    const xs = points.map((p) => p[0]);
    const ys = points.map((p) => p[1]);
    for (let y = Math.floor(Math.min(...ys) - pad); y <= Math.max(...ys) + pad; y++) {
      for (let x = Math.floor(Math.min(...xs) - pad); x <= Math.max(...xs) + pad; x++)
        this.#blend(x, y, covers, colour);
    }
  }

  #blend(
    x: number,
    y: number,
    covers: (x: number, y: number) => boolean,
    colour: (x: number, y: number) => readonly number[],
  ): void {
    let share = 0;
    for (const dx of [0.25, 0.75]) for (const dy of [0.25, 0.75]) if (covers(x + dx, y + dy)) share += 0.25;
    if (share === 0) return;
    const rgb = colour(x + 0.5, y + 0.5);
    const p = (y * this.#width + x) * 4;
    for (let k = 0; k < 3; k++) {
      this.data[p + k] = Math.round(
        this.data[p + k]! * (1 - share) + Math.min(255, Math.max(0, rgb[k]!)) * share,
      );
    }
  }
}
