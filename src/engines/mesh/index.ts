/** The embedded engine: a mesh of the photo itself, moved and redrawn on the CPU. @module */
import { type Avatar, type Frame, LoquentError, type MotionFrame, type Rect } from '../../core/basics.ts';
import { straightenAlpha } from '../../kernels/colour/index.ts';
import {
  compileRaster,
  createWasmRaster,
  type DrawCall,
  type Raster,
  type Surface,
  type TexturedMesh,
} from '../../kernels/raster/index.ts';
import { compileResample, createResample, type Resample } from '../../kernels/resample/index.ts';
import { platform } from '../../platform/index.ts';
import type { MotionEngine, MotionRenderer, View } from '../engine.ts';
import { type DrawingPlan, planDrawing, type TriangleRun } from './drawing-plan.ts';
import { type BallTextures, Eye, eyeBytes } from './eyes.ts';
import { type FringeTexture, fadeFringe } from './fringe.ts';
import { Lid, type LidTextures, lidBytes, makeStripTexture } from './lids.ts';
import { Mouth } from './mouth.ts';
import { type Placement, placeRegion } from './placement.ts';
import { Rig } from './rig.ts';
import { behindPerson, makeScenery, type Scenery, standBefore } from './scenery.ts';
import { Shading } from './shading.ts';
import { TextureSlip } from './slip.ts';
import { makePatchTexture, makeTexture, type Texture } from './textures.ts';

/** The compiled kernels, shared by all renderers. */
interface Kernels {
  readonly raster: WebAssembly.Module;
  readonly resample: WebAssembly.Module;
}

let compiled: Promise<Kernels> | undefined;

async function compileKernels(): Promise<Kernels> {
  const [raster, resample] = await Promise.all([
    platform().readAsset('assets/kernels/raster.wasm').then(compileRaster),
    platform().readAsset('assets/kernels/resample.wasm').then(compileResample),
  ]);
  return { raster, resample };
}

/** Draws on any CPU with WebAssembly SIMD, in Node and in browsers. Needs no look-ahead. */
export const meshEngine: MotionEngine = {
  info: {
    name: 'mesh',
    kind: 'motion',
    lookAhead: 0,
    maxSize: 4096,
    licence: 'MIT',
    needs: 'Any CPU with WebAssembly SIMD',
  },
  async load(avatar, view) {
    checkView(avatar, view);
    compiled ??= compileKernels();
    let kernels: Kernels;
    try {
      kernels = await compiled;
    } catch (error) {
      // a later call may find the files
      compiled = undefined;
      throw error;
    }
    const resample = await createResample(kernels.resample);
    return createMeshRenderer(avatar, view, resample, (capacity) =>
      createWasmRaster(kernels.raster, capacity),
    );
  },
};

/**
 * Makes a renderer on kernels of the caller's choice.
 *
 * @param resample - Scales the photo.
 * @param createRaster - Makes a raster with room for `capacity` bytes.
 */
export async function createMeshRenderer(
  avatar: Avatar,
  view: View,
  resample: Resample,
  createRaster: (capacity: number) => Promise<Raster> | Raster,
): Promise<MotionRenderer> {
  const placement = placeRegion(avatar, view);
  const texture = makeTexture(avatar, view, placement, resample);
  const scenery = makeScenery(avatar, view, resample);
  const patch = (rect: Rect, data: Uint8Array) =>
    makePatchTexture(rect, data, view, placement, resample, texture.sharpening);
  const lids = avatar.eyes.map((eye) => ({
    skin: patch(eye.lid, eye.lid.skin),
    rim: makeStripTexture(eye, 'rim', placement, resample, texture.sharpening),
    lashes: makeStripTexture(eye, 'lashes', placement, resample, texture.sharpening),
  })) as unknown as [LidTextures, LidTextures];
  const balls = avatar.eyes.map(({ ball }) => ({
    white: patch(ball, ball.white),
    iris: patch(ball, ball.iris),
    glint: patch(ball, ball.glint),
  })) as unknown as [BallTextures, BallTextures];
  const fringe = fadeFringe(avatar, texture);
  const plan = planDrawing(avatar);
  const raster = await createRaster(capacityFor(avatar, view, placement, texture, lids, balls, fringe, plan));
  return new MeshRenderer(avatar, view, placement, texture, lids, balls, fringe, scenery, plan, raster);
}

class MeshRenderer implements MotionRenderer {
  readonly width: number;
  readonly height: number;
  readonly #raster: Raster;
  readonly #placement: Placement;
  readonly #rig: Rig;
  readonly #slip: TextureSlip;
  readonly #mouth: Mouth;
  readonly #eyes: readonly [Eye, Eye];
  readonly #lids: readonly [Lid, Lid];
  readonly #background: { readonly width: number; readonly height: number; readonly data: Uint8Array };
  readonly #target: { readonly width: number; readonly height: number; readonly data: Uint8Array };
  readonly #shading: Shading;
  readonly #behind: readonly DrawCall[];
  readonly #fringe: DrawCall | null;
  readonly #calls: readonly (readonly DrawCall[])[];
  readonly #changed: Rect;
  readonly #scenery: Scenery;
  /** Whether the backdrop has holes, so that frames need their colours divided by alpha. */
  #transparent = false;
  #disposed = false;

  constructor(
    avatar: Avatar,
    view: View,
    placement: Placement,
    texture: Texture,
    lids: readonly [LidTextures, LidTextures],
    balls: readonly [BallTextures, BallTextures],
    fringe: FringeTexture | null,
    scenery: Scenery,
    plan: DrawingPlan,
    raster: Raster,
  ) {
    const { width, height } = view;
    this.width = width;
    this.height = height;
    this.#raster = raster;
    this.#placement = placement;
    this.#rig = new Rig(avatar, raster, placement);
    const { vertexCount } = avatar.mesh;
    const uv = raster.floats(vertexCount * 2);
    for (let i = 0; i < vertexCount * 2; i += 2) {
      uv[i] = (avatar.mesh.uv[i]! - texture.originX) * texture.scaleX;
      uv[i + 1] = (avatar.mesh.uv[i + 1]! - texture.originY) * texture.scaleY;
    }
    this.#slip = new TextureSlip(avatar, texture, uv);
    this.#mouth = new Mouth(avatar, placement.scale);
    const surface = { width, height, data: raster.bytes(width * height * 4) };
    this.#target = surface;
    this.#background = { width, height, data: raster.bytes(width * height * 4) };
    this.#shading = new Shading(avatar, raster, this.#rig.screen, surface, placement.clip);
    const texels = { width: texture.width, height: texture.height, data: raster.bytes(texture.data.length) };
    texels.data.set(texture.data);
    const eyes = { raster, scale: placement.scale, photo: texture, texels };
    this.#eyes = [new Eye(avatar, 0, balls[0], eyes), new Eye(avatar, 1, balls[1], eyes)];
    const place = (triangles: Uint16Array): TexturedMesh => {
      const own = raster.indices(triangles.length);
      own.set(triangles);
      return { triangles: own, screen: this.#rig.screen, uv };
    };
    const { behindRuns, runs, lidRuns } = plan;
    const main = place(plan.triangles);
    const call = (mesh: TexturedMesh, run: TriangleRun, cull: boolean) =>
      makeCall(mesh, run, texels, surface, placement, cull);
    this.#behind = behindRuns.map((run) => call(main, run, false));
    this.#fringe = fringe && makeFringe(avatar, fringe, main, raster, surface, placement);
    this.#calls = [
      runs.map((run) => call(main, run, false)),
      // a lid that folds at the eye's corner is culled below and would leave a hole there
      lidRuns.map((run) => call(main, run, false)),
      this.#eyes.map((eye) =>
        call(place(eye.triangles), { first: 0, count: eye.triangles.length / 3, alpha: false }, true),
      ),
    ];
    const stage = {
      raster,
      placement,
      target: surface,
      main: texture,
      mesh: main,
      runs: [...runs, ...lidRuns],
    };
    const lid = (which: 0 | 1) => new Lid(avatar, which, lids[which], stage);
    this.#lids = [lid(0), lid(1)];
    const { left, top, right, bottom } = placement.clip;
    this.#changed = { x: left, y: top, width: right - left, height: bottom - top };
    this.#scenery = scenery;
    this.setBackdrop(null);
  }

  scenery(): Uint8Array {
    return behindPerson(this.#scenery);
  }

  setBackdrop(backdrop: Uint8Array | null): void {
    const { data } = this.#background;
    if (backdrop === null) data.set(this.#scenery.photographed);
    else standBefore(backdrop, this.#scenery, data);
    this.#transparent = !isOpaque(data);
    const { width, height } = this;
    this.#target.data.set(data);
    if (this.#transparent) straightenAlpha(this.#target.data, width, { x: 0, y: 0, width, height });
  }

  get lipGap(): number {
    return this.#rig.lipGap * this.#placement.scale;
  }

  render(motion: MotionFrame, index: number): Frame {
    if (this.#disposed)
      throw new LoquentError('INTERNAL', 'The mesh renderer was used after it was disposed.');
    const rig = this.#rig;
    const { clip } = this.#placement;
    const target = this.#target;
    rig.update(motion);
    this.#slip.update(rig.positions, rig.contact, rig.press);
    this.#raster.copy(this.#background, target, clip);
    for (const call of this.#behind) this.#raster.draw(call);
    if (this.#fringe && rig.outlineMoves) this.#raster.draw(this.#fringe);
    for (const calls of this.#calls) for (const call of calls) this.#raster.draw(call);
    for (let i = 0; i < 2; i++) {
      this.#lids[i]!.update(rig, rig.eyes[i]!);
      this.#lids[i]!.drawSkin(rig);
    }
    this.#shading.draw(rig.weights);
    for (let i = 0; i < 2; i++) {
      const eye = this.#eyes[i]!;
      const lid = this.#lids[i]!;
      const state = rig.eyes[i]!;
      eye.draw(target, clip, rig, state, lid.edge);
      eye.drawLashes(target, clip, rig, state, lid.edge);
      lid.drawEdge(rig);
    }
    this.#mouth.draw(target, clip, rig, motion);
    if (this.#transparent) straightenAlpha(target.data, this.width, this.#changed);
    return {
      width: this.width,
      height: this.height,
      data: target.data,
      index,
      time: motion.time,
      changed: this.#changed,
    };
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
  }
}

function isOpaque(data: Uint8Array): boolean {
  for (let at = 3; at < data.length; at += 4) if (data[at] !== 255) return false;
  return true;
}

function makeCall(
  mesh: TexturedMesh,
  run: TriangleRun,
  texture: Surface,
  target: Surface,
  placement: Placement,
  cull: boolean,
): DrawCall {
  return {
    mesh,
    first: run.first,
    count: run.count,
    alpha: run.alpha,
    texture,
    target,
    clip: placement.clip,
    cull,
  };
}

/** The call that draws the fringe: the vertices of the whole mesh, a texture of its own. */
function makeFringe(
  avatar: Avatar,
  fringe: FringeTexture,
  main: TexturedMesh,
  raster: Raster,
  target: Surface,
  placement: Placement,
): DrawCall {
  const { fringeTriangles, vertexCount } = avatar.mesh;
  const triangles = raster.indices(fringeTriangles.length);
  triangles.set(fringeTriangles);
  const uv = raster.floats(vertexCount * 2);
  for (let i = 0; i < uv.length; i += 2) {
    uv[i] = main.uv[i]! - fringe.left;
    uv[i + 1] = main.uv[i + 1]! - fringe.top;
  }
  const texels = { width: fringe.width, height: fringe.height, data: raster.bytes(fringe.data.length) };
  texels.data.set(fringe.data);
  const run = { first: 0, count: triangles.length / 3, alpha: true };
  return makeCall({ triangles, screen: main.screen, uv }, run, texels, target, placement, false);
}

function capacityFor(
  avatar: Avatar,
  view: View,
  { scale }: Placement,
  texture: Texture,
  lids: readonly [LidTextures, LidTextures],
  balls: readonly [BallTextures, BallTextures],
  fringe: FringeTexture | null,
  plan: DrawingPlan,
): number {
  let shapes = 0;
  let count = 0;
  for (const shape of Object.values(avatar.shapes)) {
    shapes += shape.indices.length * 14;
    count++;
  }
  const { width, height, uv, triangles, folds } = avatar.shading;
  let gains = width * height * 2 + uv.length * 4 + triangles.length * 2;
  for (const fold of Object.values(folds)) gains += fold.gains.length * 2 + 16;
  const pictures = view.width * view.height * 4 * 2 + texture.data.length + (fringe?.data.length ?? 0);
  const mesh =
    avatar.mesh.vertexCount * 48 + avatar.mesh.fringeTriangles.length * 2 + plan.triangles.length * 2 + 4096;
  let eyes = lidBytes(avatar, 0, lids[0]) + lidBytes(avatar, 1, lids[1]);
  for (let i = 0; i < 2; i++) eyes += eyeBytes(avatar.eyes[i]!, balls[i]!, scale);
  return pictures + mesh + shapes + gains + count * 64 + eyes;
}

function checkView(avatar: Avatar, view: View): void {
  const { width, height, viewport } = view;
  const fits =
    width > 0 && height > 0 && width <= 4096 && height <= 4096 && viewport.width > 0 && viewport.height > 0;
  if (!fits || !avatar.mesh.vertexCount) {
    throw new LoquentError('INTERNAL', `The mesh engine cannot draw a view of ${width} x ${height} pixels.`);
  }
}
