import {
  AVATAR_VERSION,
  type Avatar,
  type AvatarEye,
  BLENDSHAPES,
  type Blendshape,
  type GainPatch,
  type LidStrip,
  LoquentError,
  type ShapeName,
  type SparseShape,
} from '../core/index.ts';
import { type AvatarScalars, checkAvatar, scalarsSchema, shapeNames } from './avatar-checks.ts';
import {
  hasAvatarMagic,
  packContainer,
  type Section,
  type SectionData,
  unpackContainer,
} from './container.ts';

export { hasAvatarMagic as isAvatarFile };

/**
 * Turns an avatar into the bytes of its file; {@link decodeAvatar} gives back exactly the same avatar.
 *
 * @throws LoquentError `INTERNAL` if the avatar contradicts itself.
 */
export async function encodeAvatar(avatar: Avatar): Promise<Uint8Array> {
  const problem = checkAvatar(avatar);
  const scalars = scalarsSchema.safeParse(avatar);
  if (problem !== null || !scalars.success) {
    const reason =
      problem ?? scalars.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new LoquentError('INTERNAL', `The avatar cannot be saved: ${reason}.`);
  }
  return packContainer(AVATAR_VERSION, scalars.data, sectionsOf(avatar));
}

/**
 * Reads an avatar out of the bytes of its file. Everything in it is checked: an avatar that is returned can be drawn
 * without reading beyond any array.
 *
 * @throws LoquentError `AVATAR_CORRUPT`, `AVATAR_VERSION`.
 */
export async function decodeAvatar(bytes: Uint8Array): Promise<Avatar> {
  const { content, sections } = await unpackContainer(bytes, AVATAR_VERSION);
  const scalars = scalarsSchema.safeParse(content);
  if (!scalars.success) {
    throw new LoquentError('AVATAR_CORRUPT', 'The avatar file is damaged: its description is incomplete.', {
      cause: scalars.error,
    });
  }
  const avatar = assemble(scalars.data, sections);
  const problem = checkAvatar(avatar);
  if (problem !== null) throw new LoquentError('AVATAR_CORRUPT', `The avatar file is damaged: ${problem}.`);
  return avatar;
}

function sectionsOf({ layers, mesh, shapes, mouth, eyes, shading, surround }: Avatar): Section[] {
  const sections: Section[] = [
    { name: 'layers.foreground', data: layers.foreground, codec: 'rgba' },
    { name: 'layers.background', data: layers.background, codec: 'rgba' },
  ];
  const add = (name: string, data: SectionData): void => {
    sections.push({ name, data, codec: 'raw' });
  };
  for (const key of [
    'rest',
    'uv',
    'triangles',
    'headWeight',
    'shoulderWeight',
    'fringeTriangles',
    'fringeOpacity',
  ] as const) {
    add(`mesh.${key}`, mesh[key]);
  }
  for (const key of ['innerUpper', 'innerLower', 'stripUpper', 'stripLower', 'seam'] as const) {
    add(`mouth.${key}`, mouth[key]);
  }
  for (const [i, eye] of eyes.entries()) {
    add(`eyes.${i}.upper`, eye.upper);
    add(`eyes.${i}.lower`, eye.lower);
    for (const part of ['white', 'iris', 'glint'] as const) {
      sections.push({ name: `eyes.${i}.ball.${part}`, data: eye.ball[part], codec: 'rgba' });
    }
    sections.push({ name: `eyes.${i}.lid`, data: eye.lid.skin, codec: 'rgba' });
    for (const strip of ['rim', 'lashes'] as const) {
      sections.push({ name: `eyes.${i}.${strip}.pixels`, data: eye[strip].pixels, codec: 'rgba' });
      add(`eyes.${i}.${strip}.tips`, eye[strip].tips);
    }
  }
  for (const name of shapeNames) {
    const shape = shapes[name];
    if (!shape) continue;
    add(`shapes.${name}.indices`, shape.indices);
    add(`shapes.${name}.deltas`, shape.deltas);
  }
  if (mouth.teeth) sections.push({ name: 'mouth.teeth', data: mouth.teeth.pixels, codec: 'rgba' });
  add('shading.uv', shading.uv);
  add('shading.triangles', shading.triangles);
  for (const [name, { gains }] of Object.entries(shading.folds)) add(`shading.${name}.gains`, gains);
  if (surround) add('surround', surround);
  return sections;
}

/** Puts scalars and arrays together again. Missing and superfluous arrays are refused; lengths are checked later. */
function assemble(scalars: AvatarScalars, sections: Map<string, SectionData>): Avatar {
  const left = new Map(sections);
  const take = <T extends SectionData>(name: string, type: new (length: number) => T): T => {
    const data = left.get(name);
    left.delete(name);
    if (data instanceof type) return data;
    const what = data ? 'has the wrong type' : 'is missing';
    throw new LoquentError('AVATAR_CORRUPT', `The avatar file is damaged: the section "${name}" ${what}.`);
  };
  const shapes: Partial<Record<ShapeName, SparseShape>> = {};
  for (const name of shapeNames) {
    if (!left.has(`shapes.${name}.indices`)) continue;
    shapes[name] = {
      indices: take(`shapes.${name}.indices`, Uint16Array),
      deltas: take(`shapes.${name}.deltas`, Float32Array),
    };
  }
  const strip = (i: 0 | 1, name: 'rim' | 'lashes'): LidStrip => ({
    ...scalars.eyes[i][name],
    pixels: take(`eyes.${i}.${name}.pixels`, Uint8Array),
    tips: take(`eyes.${i}.${name}.tips`, Float32Array),
  });
  const folds: Partial<Record<Blendshape, GainPatch>> = {};
  for (const name of BLENDSHAPES) {
    const patch = scalars.shading.folds[name];
    if (patch) folds[name] = { ...patch, gains: take(`shading.${name}.gains`, Int16Array) };
  }
  const eye = (i: 0 | 1): AvatarEye => ({
    ...scalars.eyes[i],
    upper: take(`eyes.${i}.upper`, Uint16Array),
    lower: take(`eyes.${i}.lower`, Uint16Array),
    ball: {
      ...scalars.eyes[i].ball,
      white: take(`eyes.${i}.ball.white`, Uint8Array),
      iris: take(`eyes.${i}.ball.iris`, Uint8Array),
      glint: take(`eyes.${i}.ball.glint`, Uint8Array),
    },
    lid: { ...scalars.eyes[i].lid, skin: take(`eyes.${i}.lid`, Uint8Array) },
    rim: strip(i, 'rim'),
    lashes: strip(i, 'lashes'),
  });
  const avatar: Avatar = {
    ...scalars,
    layers: {
      ...scalars.layers,
      foreground: take('layers.foreground', Uint8Array),
      background: take('layers.background', Uint8Array),
    },
    mesh: {
      ...scalars.mesh,
      rest: take('mesh.rest', Float32Array),
      uv: take('mesh.uv', Float32Array),
      triangles: take('mesh.triangles', Uint16Array),
      headWeight: take('mesh.headWeight', Float32Array),
      shoulderWeight: take('mesh.shoulderWeight', Float32Array),
      fringeTriangles: take('mesh.fringeTriangles', Uint16Array),
      fringeOpacity: take('mesh.fringeOpacity', Float32Array),
    },
    shapes,
    mouth: {
      ...scalars.mouth,
      innerUpper: take('mouth.innerUpper', Uint16Array),
      innerLower: take('mouth.innerLower', Uint16Array),
      stripUpper: take('mouth.stripUpper', Uint16Array),
      stripLower: take('mouth.stripLower', Uint16Array),
      seam: take('mouth.seam', Float32Array),
      teeth: scalars.mouth.teeth && { ...scalars.mouth.teeth, pixels: take('mouth.teeth', Uint8Array) },
    },
    eyes: [eye(0), eye(1)],
    shading: {
      ...scalars.shading,
      uv: take('shading.uv', Float32Array),
      triangles: take('shading.triangles', Uint16Array),
      folds,
    },
    surround: left.has('surround') ? take('surround', Uint8Array) : null,
  };
  const [superfluous] = left.keys();
  if (superfluous !== undefined) {
    throw new LoquentError('AVATAR_CORRUPT', `The avatar file is damaged: unknown section "${superfluous}".`);
  }
  return avatar;
}
