import { AVATAR_VERSION, type Avatar, type Radians } from '../../src/core/index.ts';

/** Numbers 0..1 that are the same in every run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A small avatar that means nothing but is complete: its parts fit together, every number differs. */
export function randomAvatar(seed: number): Avatar {
  const random = seeded(seed);
  const whole = (limit: number): number => Math.floor(random() * limit);
  const width = 3 + whole(40);
  const height = 3 + whole(40);
  const vertexCount = 12 + whole(300);
  const contour = 2 + whole(20);
  const floats = (length: number): Float32Array => Float32Array.from({ length }, () => random() * 200 - 100);
  const indices = (length: number): Uint16Array => Uint16Array.from({ length }, () => whole(vertexCount));
  const pixels = (): Uint8Array => Uint8Array.from({ length: width * height * 4 }, () => whole(256));
  const colour = (): [number, number, number] => [random() * 255, random() * 255, random() * 255];
  const point = (): [number, number, number] => [random() * 99, random() * 99, random() * 99];
  const angle = (): Radians => (random() - 0.5) as Radians;
  const part = () => pixels().slice(0, width * (height - 1) * 4);
  const strip = () => ({
    columns: 4,
    rows: 3,
    pixels: Uint8Array.from({ length: 48 }, () => whole(256)),
    root: random(),
    foot: random(),
    tips: floats(contour * 2),
  });
  const eye = <Side extends 'right' | 'left'>(side: Side) => ({
    side,
    upper: indices(contour),
    lower: indices(contour),
    left: point(),
    right: point(),
    width: random(),
    height: random(),
    iris: [random(), random()] as const,
    irisRadius: random(),
    lash: colour(),
    ball: { x: 0, y: 1, width, height: height - 1, white: part(), iris: part(), glint: part() },
    lid: {
      x: 1,
      y: 0,
      width: width - 1,
      height,
      overlap: random(),
      skin: pixels().slice(0, (width - 1) * height * 4),
    },
    rim: strip(),
    lashes: strip(),
  });
  const fold = () => {
    const [columns, rows] = [1 + whole(8), 1 + whole(8)];
    const gains = Int16Array.from({ length: columns * rows }, () => whole(65_536) - 32_768);
    return { x: whole(9), y: whole(9), width: columns, height: rows, gains };
  };
  const shape = () => {
    const moved = whole(30);
    return { indices: indices(moved), deltas: floats(moved * 3) };
  };
  return {
    version: AVATAR_VERSION,
    id: Array.from({ length: 64 }, () => whole(16).toString(16)).join(''),
    picture: { width: width + 5, height: height + 7 },
    region: { x: whole(5), y: whole(7), width, height },
    face: {
      box: { x: -random(), y: random(), width: random(), height: random() },
      height: random() * 100,
      yaw: angle(),
      pitch: angle(),
      roll: angle(),
      score: random(),
    },
    layers: { foreground: pixels(), background: pixels(), matted: random() < 0.5 },
    mesh: {
      vertexCount,
      faceVertexCount: whole(vertexCount),
      rest: floats(vertexCount * 3),
      uv: floats(vertexCount * 2),
      triangles: indices(3 * (4 + whole(50))),
      behindTriangleCount: whole(1),
      lidTriangleCount: whole(4),
      fringeTriangles: indices(3 * whole(9)),
      fringeOpacity: floats(whole(12)),
      headWeight: floats(vertexCount),
      shoulderWeight: floats(vertexCount),
    },
    shapes: { jawOpen: shape(), mouthPucker: shape(), restClose: shape() },
    mouth: {
      innerUpper: indices(contour),
      innerLower: indices(contour),
      stripUpper: indices(contour),
      stripLower: indices(contour),
      stripWidth: random(),
      width: random(),
      axisX: [random(), random()],
      axisY: [random(), random()],
      seam: floats(81 * 3),
      closed: random() < 0.5,
      gap: random(),
      teethEdge: random(),
      teethOrigin: [random(), random(), random()],
      teeth: null,
    },
    eyes: [eye('right'), eye('left')],
    rig: {
      faceHeight: random(),
      pixelsPerCm: random(),
      fromCanonical: Array.from({ length: 9 }, random),
      pivot: point(),
      neck: [random(), random()],
      limits: { yaw: angle(), pitch: angle(), roll: angle() },
    },
    shading: {
      width: 16,
      height: 16,
      uv: floats(vertexCount * 2),
      triangles: indices(3 * whole(9)),
      tint: [random(), random(), random()],
      folds: { mouthSmileLeft: fold(), browInnerUp: fold() },
    },
    colours: {
      skin: colour(),
      lip: colour(),
      teeth: colour(),
      tongue: colour(),
      cavity: colour(),
      gum: colour(),
      corner: colour(),
    },
    surround: random() < 0.5 ? pixels() : null,
    warnings: [{ code: 'SEVERAL_FACES', message: 'Zwölf Gesichter – “zu viele”.' }],
  };
}
