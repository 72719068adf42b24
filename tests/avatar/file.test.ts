import { beforeAll, describe, expect, test } from 'vitest';
import { packContainer, unpackContainer } from '../../src/avatar/container.ts';
import { decodeAvatar, encodeAvatar, isAvatarFile } from '../../src/avatar/file.ts';
import { AVATAR_VERSION, type Avatar, LoquentError } from '../../src/core/index.ts';
import { usePlatform } from '../../src/platform/index.ts';
import { nodePlatform } from '../../src/platform/node/index.ts';
import { randomAvatar, seeded } from './test-avatar.ts';

beforeAll(() => usePlatform(nodePlatform));

async function failure(work: Promise<unknown>): Promise<LoquentError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(LoquentError);
  return error as LoquentError;
}

/** The file's header text and where it lies. */
function headerOf(bytes: Uint8Array): { text: string; start: number; end: number } {
  const end = 20 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(16, true);
  return { text: new TextDecoder().decode(bytes.subarray(20, end)), start: 20, end };
}

/** Makes checksum and length right again after somebody who knows the format has changed the file. */
async function sealed(bytes: Uint8Array): Promise<Uint8Array> {
  new DataView(bytes.buffer, bytes.byteOffset).setBigUint64(8, BigInt(bytes.length), true);
  const hex = await nodePlatform.sha256(bytes.subarray(0, -32));
  bytes.set(Buffer.from(hex, 'hex'), bytes.length - 32);
  return bytes;
}

/** Replaces text in the header, padding or cutting its spaces so that every section stays where it is. */
async function withHeader(bytes: Uint8Array, change: (text: string) => string): Promise<Uint8Array> {
  const { text, start, end } = headerOf(bytes);
  const changed = change(text.trimEnd());
  expect(changed).not.toBe(text.trimEnd());
  const encoded = new TextEncoder().encode(changed);
  if (encoded.length > end - start) throw new Error('The changed header does not fit.');
  const copy = bytes.slice();
  copy.fill(0x20, start, end);
  copy.set(encoded, start);
  return sealed(copy);
}

describe('avatar file', () => {
  test('gives back exactly the avatar that went in, whatever it holds', async () => {
    for (let seed = 1; seed <= 25; seed++) {
      const avatar = randomAvatar(seed);
      const bytes = await encodeAvatar(avatar);
      expect(isAvatarFile(bytes)).toBe(true);
      expect(await decodeAvatar(bytes)).toStrictEqual(avatar);
    }
  });

  test('is the same for the same avatar, and is read from the middle of a larger buffer', async () => {
    const avatar = randomAvatar(3);
    const bytes = await encodeAvatar(avatar);
    expect(await encodeAvatar(avatar)).toStrictEqual(bytes);
    const larger = new Uint8Array(bytes.length + 10).fill(7);
    larger.set(bytes, 3);
    expect(await decodeAvatar(larger.subarray(3, 3 + bytes.length))).toStrictEqual(avatar);
  });

  test('keeps no connection between the avatar and the bytes it was read from', async () => {
    const bytes = await encodeAvatar(randomAvatar(4));
    const avatar = await decodeAvatar(bytes);
    bytes.fill(0);
    expect(avatar).toStrictEqual(randomAvatar(4));
  });

  test('compresses layers', async () => {
    const avatar = randomAvatar(5);
    const side = 256;
    const flat = new Uint8Array(side * side * 4).fill(200);
    const large: Avatar = {
      ...avatar,
      picture: { width: side, height: side },
      region: { x: 0, y: 0, width: side, height: side },
      layers: { foreground: flat, background: flat, matted: true },
    };
    const bytes = await encodeAvatar(large);
    expect(bytes.length).toBeLessThan(flat.length / 4);
    expect(await decodeAvatar(bytes)).toStrictEqual(large);
  });

  test('notices the change of any single byte', async () => {
    const bytes = await encodeAvatar(randomAvatar(6));
    const random = seeded(6);
    const positions = new Set([...Array(24).keys(), bytes.length - 1, bytes.length - 32, bytes.length - 33]);
    while (positions.size < 300) positions.add(Math.floor(random() * bytes.length));
    for (const position of positions) {
      const changed = bytes.slice();
      changed[position]! ^= 1 << Math.floor(random() * 8);
      expect((await failure(decodeAvatar(changed))).code, `byte ${position}`).toBe('AVATAR_CORRUPT');
    }
  });

  test('notices when the end is missing or something was added', async () => {
    const bytes = await encodeAvatar(randomAvatar(7));
    const random = seeded(7);
    const lengths = [0, 1, 4, 19, 20, 51, 52, 53, bytes.length - 1];
    for (let i = 0; i < 60; i++) lengths.push(Math.floor(random() * bytes.length));
    for (const length of lengths) {
      expect((await failure(decodeAvatar(bytes.slice(0, length)))).code).toBe('AVATAR_CORRUPT');
    }
    expect((await failure(decodeAvatar(Uint8Array.of(...bytes, 0)))).code).toBe('AVATAR_CORRUPT');
  });

  test('says what a file of another kind or version is', async () => {
    const photo = Uint8Array.from({ length: 5000 }, (_, i) => (i * 7) & 255);
    expect(isAvatarFile(photo)).toBe(false);
    expect((await failure(decodeAvatar(photo))).message).toContain('not an avatar');
    const bytes = await encodeAvatar(randomAvatar(8));
    new DataView(bytes.buffer).setUint32(4, AVATAR_VERSION + 1, true);
    const error = await failure(decodeAvatar(await sealed(bytes)));
    expect(error.code).toBe('AVATAR_VERSION');
    expect(error.details).toEqual({ found: AVATAR_VERSION + 1, expected: AVATAR_VERSION });
  });

  test('refuses an avatar that contradicts itself instead of writing it', async () => {
    const avatar = randomAvatar(9);
    const broken = { ...avatar, mesh: { ...avatar.mesh, vertexCount: avatar.mesh.vertexCount - 1 } };
    expect((await failure(encodeAvatar(broken))).code).toBe('INTERNAL');
    const nowhere = { ...avatar, rig: { ...avatar.rig, pixelsPerCm: Number.NaN } };
    expect((await failure(encodeAvatar(nowhere))).code).toBe('INTERNAL');
  });
});

describe('a file made by an attacker who knows the format', () => {
  test('cannot name a vertex that does not exist', async () => {
    const attacks: ((avatar: Avatar, vertex: number) => void)[] = [
      ({ mesh }, vertex) => mesh.triangles.set([vertex], 4),
      ({ shapes }, vertex) => shapes.jawOpen!.indices.set([vertex], 0),
      ({ mouth }, vertex) => mouth.innerUpper.set([vertex], 1),
      ({ mouth }, vertex) => mouth.stripLower.set([vertex], 0),
      ({ eyes }, vertex) => eyes[0].upper.set([vertex], 0),
      ({ eyes }, vertex) => eyes[1].lower.set([vertex], 1),
    ];
    for (const [i, attack] of attacks.entries()) {
      // The arrays are stored as they are, so the wrong number can be put in place of the right one.
      const avatar = randomAvatar(20);
      attack(avatar, avatar.mesh.vertexCount - 1);
      const innocent = await encodeAvatar(avatar);
      expect(await decodeAvatar(innocent)).toStrictEqual(avatar);
      const before = await encodeAvatar(randomAvatar(20));
      attack(avatar, avatar.mesh.vertexCount);
      const hostile = innocent.slice();
      const end = hostile.length - 32;
      const changed = Array.from(innocent.keys()).filter((p) => p < end && innocent[p] !== before[p]);
      const place = changed[0]! - (changed[0]! % 2);
      new DataView(hostile.buffer).setUint16(place, avatar.mesh.vertexCount, true);
      const error = await failure(decodeAvatar(await sealed(hostile)));
      expect(error.code, `attack ${i}`).toBe('AVATAR_CORRUPT');
      expect(error.message, `attack ${i}`).toMatch(/does not exist|does not fit/);
    }
  });

  test('cannot place a vertex nowhere', async () => {
    const avatar = randomAvatar(21);
    const bytes = await encodeAvatar(avatar);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1e30]) {
      const hostile = bytes.slice();
      const rest = /"name":"mesh.rest","type":"f32","codec":"raw","offset":(\d+)/.exec(headerOf(bytes).text);
      new DataView(hostile.buffer).setFloat32(Number(rest![1]) + 8, value, true);
      expect((await failure(decodeAvatar(await sealed(hostile)))).message).toContain('without a place');
    }
  });

  test('cannot make the reader allocate more than the file warrants', async () => {
    const bytes = await encodeAvatar(randomAvatar(22));
    const attacks = [
      (text: string) => text.replace(/("codec":"rgba".*?"length":)\d+/, `$1${2 ** 28}`),
      (text: string) => text.replace(/("codec":"rgba".*?"length":)\d+/, '$1268435452'),
      (text: string) => text.replace(/("name":"mesh.rest".*?"length":)\d+/, '$199999996'),
      (text: string) => text.replace(/("name":"mesh.rest".*?"stored":)\d+/, '$199999996'),
      (text: string) => text.replace(/("name":"mesh.uv".*?"offset":)\d+/, '$11e300'),
      (text: string) => text.replace(/("name":"mesh.uv".*?"offset":)\d+/, '$1-8'),
      (text: string) => text.replace(/("name":"mesh.uv".*?"offset":)\d+/, '$18'),
      (text: string) => text.replace(/"vertexCount":\d+/, '"vertexCount":65537'),
      (text: string) => text.replace(/"picture":\{"width":\d+/, '"picture":{"width":1e9'),
    ];
    for (const [i, attack] of attacks.entries()) {
      const error = await failure(decodeAvatar(await withHeader(bytes, attack)));
      expect(error.code, `attack ${i}`).toBe('AVATAR_CORRUPT');
    }
    const longHeader = bytes.slice();
    new DataView(longHeader.buffer).setUint32(16, 0xffff_fff0, true);
    expect((await failure(decodeAvatar(await sealed(longHeader)))).code).toBe('AVATAR_CORRUPT');
  });

  test('cannot let sections overlap, repeat, go missing or change their type', async () => {
    const bytes = await encodeAvatar(randomAvatar(23));
    const offset = /"name":"mesh.rest".*?"offset":(\d+)/.exec(headerOf(bytes).text)![1]!;
    const attacks = [
      (text: string) => text.replace(/("name":"mesh.uv".*?"offset":)\d+/, `$1${offset}`),
      (text: string) => text.replace('"name":"mesh.uv"', '"name":"mesh.rest"'),
      (text: string) => text.replace('"name":"mesh.uv"', '"name":"mesh.xy"'),
      (text: string) => text.replace('"name":"mesh.uv","type":"f32"', '"name":"mesh.uv","type":"u16"'),
      (text: string) => text.replace('"name":"mesh.uv","type":"f32"', '"name":"mesh.uv","type":"f64"'),
      (text: string) => text.replace('shapes.jawOpen.', 'shapes.jawOops.'),
    ];
    for (const [i, attack] of attacks.entries()) {
      const error = await failure(decodeAvatar(await withHeader(bytes, attack)));
      expect(error.code, `attack ${i}`).toBe('AVATAR_CORRUPT');
    }
  });

  test('cannot reach the prototype of any object', async () => {
    const bytes = await encodeAvatar(randomAvatar(24));
    const attacks = [
      (text: string) => text.replace('"matted"', '"__proto__"'),
      (text: string) => text.replace('"sections":[', '"__proto__":[],"sections":['),
      (text: string) => text.replace('"stored"', '"__proto__"'),
      (text: string) => text.replace('"shapes.jawOpen.indices"', '"shapes.__proto__.indices"'),
      (text: string) => text.replace('"shapes.jawOpen.indices"', '"shapes.constructor.indices"'),
    ];
    for (const [i, attack] of attacks.entries()) {
      const error = await failure(decodeAvatar(await withHeader(bytes, attack)));
      expect(error.code, `attack ${i}`).toBe('AVATAR_CORRUPT');
    }
    const harmless = await withHeader(bytes, (text) =>
      text.replace('{"content":{', '{"content":{"__proto__":{"indices":1},'),
    );
    const avatar = await decodeAvatar(harmless);
    expect(avatar).toStrictEqual(randomAvatar(24));
    expect(Object.getPrototypeOf(avatar)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['indices']).toBeUndefined();
  });

  test('cannot bring compressed data that unpacks to another length', async () => {
    const pixels = new Uint8Array(4096).fill(9);
    const bytes = await packContainer(1, {}, [{ name: 'a', data: pixels, codec: 'rgba' }]);
    expect((await unpackContainer(bytes, 1)).sections.get('a')).toStrictEqual(pixels);
    for (const length of [4092, 4100, 0]) {
      const hostile = await withHeader(bytes, (text) => text.replace('"length":4096', `"length":${length}`));
      expect((await failure(unpackContainer(hostile, 1))).code).toBe('AVATAR_CORRUPT');
    }
  });
});
