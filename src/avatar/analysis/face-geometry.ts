import { LoquentError } from '../../core/errors.ts';
import { readVerifiedAsset } from '../../platform/assets.ts';
import type { CanonicalFace } from './types.ts';

/** The canonical face with the weights of its stable points. */
export interface FaceGeometry extends CanonicalFace {
  /** Landmarks that expressions hardly move, for finding the pose: number and weight. */
  readonly anchors: readonly { readonly landmark: number; readonly weight: number }[];
}

let geometry: Promise<FaceGeometry> | undefined;

/**
 * MediaPipe's canonical face: 468 vertices and 898 triangles in the order of the landmarks.
 *
 * @returns Shared by all callers; must not be changed.
 * @throws LoquentError `ASSET_MISSING`, `ASSET_CORRUPT`.
 */
export async function canonicalFace(): Promise<CanonicalFace> {
  return faceGeometry();
}

/** Like {@link canonicalFace}, with the weights for the pose. */
export function faceGeometry(): Promise<FaceGeometry> {
  geometry ??= readVerifiedAsset('assets/models/geometry_pipeline_metadata_landmarks.binarypb').then(
    parseFaceGeometry,
  );
  geometry.catch(() => {
    geometry = undefined;
  });
  return geometry;
}

// Field numbers of MediaPipe's geometry_pipeline_metadata.proto and mesh_3d.proto.
const METADATA = { mesh: 1, basis: 2 } as const;
const MESH = { vertices: 3, indices: 4 } as const;
const BASIS = { landmark: 1, weight: 2 } as const;
/** Position x, y, z and texture coordinate u, v. */
const FLOATS_PER_VERTEX = 5;

/** Reads MediaPipe's `GeometryPipelineMetadata`. @throws LoquentError `ASSET_CORRUPT`. */
export function parseFaceGeometry(bytes: Uint8Array): FaceGeometry {
  const vertices: number[] = [];
  const triangles: number[] = [];
  const anchors: { landmark: number; weight: number }[] = [];
  for (const field of protobufFields(bytes)) {
    if (!field.bytes) continue;
    if (field.number === METADATA.mesh) {
      let position = 0;
      for (const part of protobufFields(field.bytes)) {
        if (part.number === MESH.indices) triangles.push(part.value);
        if (part.number !== MESH.vertices) continue;
        if (position++ % FLOATS_PER_VERTEX < 3) vertices.push(part.value);
      }
    } else if (field.number === METADATA.basis) {
      const parts = [...protobufFields(field.bytes)];
      const read = (number: number): number => parts.find((part) => part.number === number)?.value ?? 0;
      anchors.push({ landmark: read(BASIS.landmark), weight: read(BASIS.weight) });
    }
  }
  if (vertices.length !== 468 * 3 || triangles.length !== 898 * 3 || anchors.length === 0) {
    throw new LoquentError('ASSET_CORRUPT', 'The canonical face model does not have the expected structure.');
  }
  return { vertices: Float32Array.from(vertices), triangles: Uint16Array.from(triangles), anchors };
}

/** One field of a protobuf message: a number, or the bytes of a string or nested message. */
interface ProtobufField {
  readonly number: number;
  readonly value: number;
  readonly bytes: Uint8Array | null;
}

/** Walks through a protobuf message (wire types: varint, 64 bit, length-delimited, 32 bit as float). */
function* protobufFields(message: Uint8Array): Generator<ProtobufField> {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  let position = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = view.getUint8(position++);
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  while (position < message.length) {
    const key = varint();
    const number = Math.floor(key / 8);
    const wire = key & 7;
    if (wire === 0) yield { number, value: varint(), bytes: null };
    else if (wire === 1) position += 8;
    else if (wire === 2) {
      const length = varint();
      yield { number, value: 0, bytes: message.subarray(position, position + length) };
      position += length;
    } else if (wire === 5) {
      yield { number, value: view.getFloat32(position, true), bytes: null };
      position += 4;
    } else throw new LoquentError('ASSET_CORRUPT', `The canonical face model uses the wire type ${wire}.`);
  }
}
