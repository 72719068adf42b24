import { beforeAll, describe, expect, test } from 'vitest';
import { packContainer } from '../../src/avatar/container.ts';
import { decodeLipRig, encodeLipRig, LIP_RIG_VERSION } from '../../src/avatar/lip-rig-record.ts';
import { type LipRig, LoquentError } from '../../src/core/index.ts';
import { openFilm } from '../engines/lip/filmed-face.ts';

describe('the record of a lip rig', () => {
  let rig: LipRig;
  beforeAll(async () => {
    ({ rig } = await openFilm());
  }, 120_000);

  test('gives back exactly what was written', async () => {
    expect(await decodeLipRig(await encodeLipRig(rig))).toEqual(rig);
  });

  test('of another version is no rig', async () => {
    expect(await decodeLipRig(await packContainer(LIP_RIG_VERSION + 1, {}, []))).toBeNull();
  });

  const part =
    (key: 'mesh' | 'mouth' | 'shapes' | 'skin' | 'portrait') =>
    (change: object): LipRig => ({ ...rig, [key]: { ...rig[key], ...change } });
  const [mesh, mouth, shapes, skin] = [part('mesh'), part('mouth'), part('shapes'), part('skin')];
  const portrait = part('portrait');
  test.each<[string, () => LipRig]>([
    ['a triangle beyond the mesh', () => mesh({ triangles: Uint16Array.of(0, 1, rig.mesh.vertexCount) })],
    ['half a triangle', () => mesh({ triangles: rig.mesh.triangles.slice(1) })],
    ['a vertex too many', () => mesh({ vertexCount: rig.mesh.vertexCount + 1 })],
    ['a leader that does not exist', () => mesh({ leader: rig.mesh.leader.map(() => 65_535) })],
    ['a place that is no number', () => mesh({ rest: rig.mesh.rest.map(() => Number.NaN) })],
    [
      'landmarks that do not exist',
      () => mesh({ places: { ...rig.mesh.places, landmarks: rig.mesh.places.landmarks.map(() => 478) } }),
    ],
    [
      'shares beyond the list',
      () => mesh({ traces: { ...rig.mesh.traces, starts: rig.mesh.traces.starts.map((at) => at + 1) } }),
    ],
    ['lips of different lengths', () => mouth({ stripUpper: rig.mouth.stripUpper.slice(1) })],
    ['a lip beyond the mesh', () => mouth({ outerLower: rig.mouth.outerLower.map(() => 65_535) })],
    [
      'teeth without pixels',
      () => mouth({ teeth: { width: 9, height: 9, perCm: 1, left: 0, top: 0, pixels: new Uint8Array(9) } }),
    ],
    [
      'a shape that moves nothing that exists',
      () => shapes({ jawOpen: { indices: Uint16Array.of(65_535), deltas: new Float32Array(3) } }),
    ],
    ['skin beside the face', () => skin({ places: Uint16Array.of(478) })],
    [
      'a portrait whose colour planes are too short',
      () => portrait({ frame: { ...rig.portrait.frame, u: new Uint8Array(1) } }),
    ],
    [
      'a portrait without a face',
      () => portrait({ face: { ...rig.portrait.face, landmarks: new Float32Array(3) } }),
    ],
    ['a list of another kind', () => mesh({ reach: new Uint8Array(rig.mesh.vertexCount) })],
    ['something unknown', () => mouth({ moustache: 1 })],
  ])('with %s is refused', async (_, damaged) => {
    const error = await decodeLipRig(await encodeLipRig(damaged())).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LoquentError);
    expect(error).toMatchObject({ code: 'AVATAR_CORRUPT' });
  });

  test('with a list in a place that there is not is refused', async () => {
    const data = new Float32Array(3);
    for (const name of ['mesh.nothing.rest', 'pixelsPerCm.x', '__proto__.x']) {
      const record = await packContainer(LIP_RIG_VERSION, { pixelsPerCm: 1, mesh: {} }, [
        { name, data, codec: 'raw' },
      ]);
      await expect(decodeLipRig(record)).rejects.toMatchObject({ code: 'AVATAR_CORRUPT' });
    }
  });
});
