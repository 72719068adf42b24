import type { Avatar, AvatarEye, LidStrip } from '../../core/index.ts';
import {
  type ClipRect,
  type DrawCall,
  projectPoint,
  type Raster,
  type Surface,
  type TexturedMesh,
} from '../../kernels/raster/index.ts';
import { type Resample, unsharp } from '../../kernels/resample/index.ts';
import type { TriangleRun } from './drawing-plan.ts';
import { paintedTriangles, stripMesh } from './lid-mesh.ts';
import type { Placement } from './placement.ts';
import type { EyeState, Rig } from './rig.ts';
import type { Texture } from './textures.ts';

/** How far the lid's skin reaches under what is drawn over its edge, output pixels. */
const TUCK = 1.2;
/** Closing below which the photo itself is shown. */
const OPEN = 0.004;
/** Texels of a strip per output pixel. */
const STRIP_DENSITY = 2;
/** Steps of a strip from its beginning to its far end. */
const STRIP_STEPS = 3;
/**
 * Lashes stand off towards the viewer. Their elevation in the photo, and by how much the lid turns them down until it
 * is closed, radians: what is seen of their length is its sine.
 */
const ELEVATION = 0.7;
const TURN = 1.2;
/** By how much the rim turns away from the viewer until the lid is closed, as a share of its height. */
const RIM_TURN = 0.35;

/** Pictures that a lid is drawn from. */
export interface LidTextures {
  readonly skin: Texture;
  readonly rim: Surface;
  readonly lashes: Surface;
}

/** What a lid is drawn on, with and among. */
export interface LidStage {
  readonly raster: Raster;
  readonly placement: Placement;
  readonly target: Surface;
  /** The texture of the whole person, and the mesh over it. */
  readonly main: Texture;
  readonly mesh: TexturedMesh;
  readonly runs: readonly TriangleRun[];
}

/** Scales a strip to what the output shows, as sharp as the skin around it. */
export function makeStripTexture(
  eye: AvatarEye,
  strip: 'rim' | 'lashes',
  placement: Placement,
  resample: Resample,
  sharpening: number,
): Surface {
  const { columns, rows, pixels } = eye[strip];
  const zoom = Math.min(1, (eye.width * placement.scale * STRIP_DENSITY) / columns);
  const width = Math.max(2, Math.round(columns * zoom));
  const height = Math.max(2, Math.round(rows * zoom));
  const whole = { x: 0, y: 0, width: columns, height: rows };
  const source = { width: columns, height: rows, data: pixels };
  const surface = { width, height, data: resample(source, whole, width, height, 'premultiplied') };
  unsharp(surface, sharpening);
  return surface;
}

/** Bytes of the raster's memory that a lid takes. */
export function lidBytes(avatar: Avatar, which: 0 | 1, { skin, rim, lashes }: LidTextures): number {
  const contour = avatar.eyes[which].upper.length;
  const vertices = avatar.mesh.vertexCount * 4;
  return skin.data.length + rim.data.length + lashes.data.length + vertices * 8 + contour * 400 + 16_384;
}

/**
 * The upper lid of one eye while it is not as in the photo. Its skin does not stretch: it comes out from under its
 * fold, so the closed eye's picture (`AvatarLid`) is uncovered from above while the edge comes down. The lashes stand
 * on that edge and turn with it.
 */
export class Lid {
  /** x, y of the upper lid's edge in output pixels, one point per vertex of `AvatarEye.upper`. */
  readonly edge: Float32Array;
  readonly #eye: AvatarEye;
  readonly #raster: Raster;
  readonly #rest: Float32Array;
  readonly #down: readonly [number, number];
  readonly #axis: readonly [number, number];
  /** How far the edge passes the lower lid at each vertex, region pixels, and its height as an arch of 1. */
  readonly #overshoot: Float32Array;
  readonly #arch: Float32Array;
  readonly #origin: readonly [number, number, number, number];
  readonly #skin: DrawCall;
  readonly #curtain: DrawCall;
  readonly #lashes: DrawCall;
  readonly #rim: DrawCall;
  /** Edge before the head moves, x, y, z per vertex, region pixels. */
  readonly #place: Float64Array;
  readonly #tuck: number;
  /** Share of a strip's height that is seen at each vertex; below 0 it hangs down. */
  readonly #length: Float32Array;
  #closing = 0;

  constructor(avatar: Avatar, which: 0 | 1, textures: LidTextures, stage: LidStage) {
    const { raster, placement, target, main, mesh, runs } = stage;
    const { screen, uv, triangles } = mesh;
    const eye = avatar.eyes[which];
    this.#eye = eye;
    this.#raster = raster;
    this.#rest = avatar.mesh.rest;
    this.#tuck = TUCK / placement.scale;
    const axis = [
      (eye.right[0] - eye.left[0]) / eye.width,
      (eye.right[1] - eye.left[1]) / eye.width,
    ] as const;
    this.#axis = axis;
    this.#down = [-axis[1], axis[0]];
    const count = eye.upper.length;
    this.edge = new Float32Array(count * 2);
    this.#place = new Float64Array(count * 3);
    this.#length = new Float32Array(count);
    this.#arch = Float32Array.from({ length: count }, (_, i) =>
      Math.max(0, Math.sin((Math.PI * i) / (count - 1))),
    );
    this.#overshoot = this.#arch.map((arch) => eye.lid.overlap * arch ** 0.7);
    const { skin } = textures;
    this.#origin = [skin.originX, skin.originY, skin.scaleX, skin.scaleY];
    const clip: ClipRect = placement.clip;
    const place = (surface: Surface): Surface => {
      const data = raster.bytes(surface.data.length);
      data.set(surface.data);
      return { width: surface.width, height: surface.height, data };
    };
    const texture = place(skin);
    const own = raster.floats(uv.length);
    for (let i = 0; i < uv.length; i += 2) {
      own[i] = (uv[i]! / main.scaleX + main.originX - skin.originX) * skin.scaleX;
      own[i + 1] = (uv[i + 1]! / main.scaleY + main.originY - skin.originY) * skin.scaleY;
    }
    const painted = raster.indices(3 * runs.reduce((sum, run) => sum + run.count, 0));
    const shown = paintedTriangles(avatar, which, triangles, runs);
    painted.set(shown);
    const call = (own: TexturedMesh, count: number, from: Surface, cull: boolean): DrawCall => ({
      mesh: own,
      first: 0,
      count,
      texture: from,
      target,
      clip,
      alpha: true,
      cull,
    });
    this.#skin = call({ triangles: painted, screen, uv: own }, shown.length / 3, texture, true);
    this.#curtain = call(stripMesh(raster, count, 2), (count - 1) * 2, texture, false);
    const strip = (surface: Surface): DrawCall => {
      const mesh = stripMesh(raster, count, STRIP_STEPS + 1);
      for (let step = 0; step <= STRIP_STEPS; step++) {
        for (let i = 0; i < count; i++) {
          mesh.uv[(step * count + i) * 2] = (i / (count - 1)) * surface.width;
          mesh.uv[(step * count + i) * 2 + 1] = (step / STRIP_STEPS) * surface.height;
        }
      }
      return call(mesh, (count - 1) * 2 * STRIP_STEPS, place(surface), false);
    };
    this.#lashes = strip(textures.lashes);
    this.#rim = strip(textures.rim);
  }

  /** Places the lid's edge for one frame. */
  update(rig: Rig, state: EyeState): void {
    const { upper, lower } = this.#eye;
    const p = rig.positions;
    this.#closing = state.closing;
    const [downX, downY] = this.#down;
    const place = this.#place;
    for (let i = 0; i < upper.length; i++) {
      const a = upper[i]! * 3;
      const b = lower[i]! * 3;
      const past = this.#overshoot[i]!;
      const w = state.closing;
      place[i * 3] = p[a]! + (p[b]! + downX * past - p[a]!) * w;
      place[i * 3 + 1] = p[a + 1]! + (p[b + 1]! + downY * past - p[a + 1]!) * w;
      place[i * 3 + 2] = p[a + 2]! + (p[b + 2]! - p[a + 2]!) * w;
      projectPoint(rig.pose, place[i * 3]!, place[i * 3 + 1]!, place[i * 3 + 2]!, 1, this.edge, i * 2);
    }
  }

  /** Draws the closed eye as far as the lid has come. */
  drawSkin(rig: Rig): void {
    if (this.#closing < OPEN) return;
    this.#raster.draw(this.#skin);
    const { upper, lower } = this.#eye;
    const { screen, uv } = this.#curtain.mesh;
    const [originX, originY, scaleX, scaleY] = this.#origin;
    const rest = this.#rest;
    const place = this.#place;
    const [downX, downY] = this.#down;
    const w = this.#closing;
    const count = upper.length;
    for (let i = 0; i < count; i++) {
      const a = upper[i]! * 3;
      const b = lower[i]! * 3;
      const tuck = this.#tuck;
      const low = count + i;
      screen[i * 2] = rig.screen[upper[i]! * 2]!;
      screen[i * 2 + 1] = rig.screen[upper[i]! * 2 + 1]!;
      const [x, y, z] = [place[i * 3]! + downX * tuck, place[i * 3 + 1]! + downY * tuck, place[i * 3 + 2]!];
      projectPoint(rig.pose, x, y, z, 1, screen, low * 2);
      uv[i * 2] = (rest[a]! - originX) * scaleX;
      uv[i * 2 + 1] = (rest[a + 1]! - originY) * scaleY;
      const past = this.#overshoot[i]!;
      uv[low * 2] = (rest[a]! + (rest[b]! + downX * past - rest[a]!) * w + downX * tuck - originX) * scaleX;
      uv[low * 2 + 1] =
        (rest[a + 1]! + (rest[b + 1]! + downY * past - rest[a + 1]!) * w + downY * tuck - originY) * scaleY;
    }
    this.#raster.draw(this.#curtain);
  }

  /** Draws the lid's edge with its lashes. */
  drawEdge(rig: Rig): void {
    if (this.#closing < OPEN) return;
    const { lashes, rim } = this.#eye;
    const count = this.#eye.upper.length;
    const length = this.#length;
    for (let i = 0; i < count; i++) {
      const angle = TURN * this.#closing * Math.sqrt(Math.min(1, 2 * this.#arch[i]!));
      length[i] = Math.sin(ELEVATION - angle) / Math.sin(ELEVATION);
    }
    this.#drawStrip(rig, this.#lashes, lashes);
    length.fill(1 - RIM_TURN * this.#closing);
    this.#drawStrip(rig, this.#rim, rim);
  }

  /** Draws a strip with as much of its height as `#length` says at each vertex. */
  #drawStrip(rig: Rig, call: DrawCall, { tips, root, foot }: LidStrip): void {
    const { screen } = call.mesh;
    const place = this.#place;
    const [axisX, axisY] = this.#axis;
    const [downX, downY] = this.#down;
    const count = this.#eye.upper.length;
    for (let i = 0; i < count; i++) {
      const along = tips[i * 2]!;
      const across = tips[i * 2 + 1]! * this.#length[i]!;
      // lashes that hang come out from under the edge
      const raised = -foot * Math.max(0, this.#length[i]!);
      const x0 = place[i * 3]! + downX * raised;
      const y0 = place[i * 3 + 1]! + downY * raised;
      const dx = axisX * along + downX * across;
      const dy = axisY * along + downY * across;
      for (let step = 0; step <= STRIP_STEPS; step++) {
        const t = step / STRIP_STEPS - root;
        projectPoint(
          rig.pose,
          x0 + dx * t,
          y0 + dy * t,
          place[i * 3 + 2]!,
          1,
          screen,
          (step * count + i) * 2,
        );
      }
    }
    this.#raster.draw(call);
  }
}
