/** Weight files made by code. */

/** A layer's entry in the header. */
export interface HeaderLayer {
  readonly role: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly lookAhead: number;
}

const layer = (role: string, inputs: number, outputs: number, kernel = 1, stride = 1): HeaderLayer => ({
  role,
  inputs,
  outputs,
  kernel,
  stride,
  dilation: 1,
  lookAhead: 0,
});

/** A network of two bands, three channels and five outputs. */
export const SMALL_LAYERS: readonly HeaderLayer[] = [
  layer('entry', 2, 3, 3, 2),
  layer('block', 3, 3, 3),
  layer('mix', 3, 3),
  layer('exit', 3, 5),
];

/** What {@link weightFile} writes instead of what belongs there. */
export interface WeightFileChanges {
  readonly magic?: string;
  /** Values of the header that replace the usual ones. */
  readonly header?: Readonly<Record<string, unknown>>;
  /** The whole header, as text. */
  readonly headerText?: string;
  /** The header's length as written, when it is to be a lie. */
  readonly headerLength?: number;
  readonly layers?: readonly HeaderLayer[];
  /** First scale of the first layer. */
  readonly scale?: number;
}

/** Weight `index` of layer `layer` is `(7 * index + layer) % 255 - 127`, scales count up in 1/64, biases are -index. */
export function weightFile(changes: WeightFileChanges = {}): Uint8Array {
  const { layers = SMALL_LAYERS, magic = 'LQSM' } = changes;
  const described = {
    format: 1,
    version: '1.0.0',
    name: 'small',
    bands: 2,
    outputs: ['a', 'b', 'c', 'd', 'e'],
    layers,
    ...changes.header,
  };
  const text = changes.headerText ?? JSON.stringify(described);
  const header = new TextEncoder().encode(
    text + ' '.repeat((4 - (new TextEncoder().encode(text).length % 4)) % 4),
  );
  const parts = layers.map(({ inputs, outputs, kernel }, which) => {
    const count = inputs * outputs * kernel;
    const bytes = new Uint8Array(8 * outputs + Math.ceil(count / 4) * 4);
    const view = new DataView(bytes.buffer);
    for (let output = 0; output < outputs; output++) {
      view.setFloat32(4 * output, (output + 1) / 64, true);
      view.setFloat32(4 * (outputs + output), -output, true);
    }
    for (let index = 0; index < count; index++) {
      view.setInt8(8 * outputs + index, ((7 * index + which) % 255) - 127);
    }
    return bytes;
  });
  if (changes.scale !== undefined) new DataView(parts[0].buffer).setFloat32(0, changes.scale, true);
  const head = new Uint8Array(8);
  head.set(new TextEncoder().encode(magic));
  new DataView(head.buffer).setUint32(4, changes.headerLength ?? header.length, true);
  return Uint8Array.from([head, header, ...parts].flatMap((part) => [...part]));
}
