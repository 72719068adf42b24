import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import '../../../src/platform/node/use.ts';
import type { NetworkSignature } from '../../../src/core/network.ts';
import { LocalHost } from '../../../src/engines/onnx/local-host.ts';
import { parseDevice, type RuntimePlace } from '../../../src/engines/onnx/runtime.ts';
import { onnxFile } from './onnx-writer.ts';
import { nativeRuntime, webRuntime } from './test-runtime.ts';
import { DOUBLING, doubling, tinyWav2Lip } from './tiny-networks.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'loquent-onnx-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const native = nativeRuntime();
if (!native)
  console.log('LOQUENT_TEST_ONNX names no onnxruntime-node: only its WebAssembly build is tested.');
const runtimes: RuntimePlace[] = [webRuntime, ...(native ? [native] : [])];

function order(bytes: Uint8Array, signature: NetworkSignature = DOUBLING, identity: string | null = null) {
  const path = join(folder, `${Math.random().toString(36).slice(2)}.onnx`);
  writeFileSync(path, bytes);
  return { name: 'test/net', path, signature, identity };
}

const hostOn = (runtime: RuntimePlace, graphs: string | null = null) =>
  new LocalHost({ runtime, device: parseDevice('cpu'), threads: 1, graphs });

test.runIf(native)('a network finds the weights that lie beside its graph', async () => {
  const weights = [
    { name: 'two', shape: [1], data: Float32Array.of(2), file: 'beside.data' },
    { name: 'one', shape: [1], data: Float32Array.of(1) },
  ];
  writeFileSync(join(folder, 'beside.data'), new Uint8Array(Float32Array.of(5).buffer));
  await using host = hostOn(native!);
  const network = await host.open(order(doubling({ weights })));
  const numbers = { shape: [1, 3], data: Float32Array.of(1, 2, 3) };
  const { doubled } = await network.run({ numbers });
  expect([...doubled!.data]).toEqual([6, 11, 16]);
});

describe.each(runtimes)('networks on $package', (runtime) => {
  test('take and give tensors by role, whatever the file calls them', async () => {
    await using host = hostOn(runtime);
    await using network = await host.open(order(doubling()));
    expect(network).toMatchObject({ device: 'cpu', batch: null });
    const numbers = { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) };
    expect(await network.run({ numbers })).toEqual({
      doubled: { shape: [2, 3], data: Float32Array.of(3, 5, 7, 9, 11, 13) },
    });
    // The caller's numbers stay the caller's.
    expect(numbers.data).toHaveLength(6);
  });

  test('run one after the other, each with its own result', async () => {
    await using host = hostOn(runtime);
    const network = await host.open(order(doubling()));
    const runs = [0, 1, 2, 3].map((value) =>
      network.run({ numbers: { shape: [1, 3], data: new Float32Array(3).fill(value) } }),
    );
    const firsts = (await Promise.all(runs)).map(({ doubled }) => doubled!.data[0]);
    expect(firsts).toEqual([1, 3, 5, 7]);
  });

  test('of several kinds share a thread', async () => {
    await using host = hostOn(runtime);
    const signature: NetworkSignature = {
      opset: [9, 26],
      inputs: {
        mel: { type: 'float32', shape: [null, 1, 80, 16] },
        faces: { type: 'float32', shape: [null, 6, 96, 96] },
      },
      outputs: { mouths: { type: 'float32', shape: [null, 3, 96, 96] } },
    };
    const lips = await host.open(order(tinyWav2Lip({ names: ['source', 'target'], batch: 1 }), signature));
    expect(lips.batch).toBe(1);
    const { mouths } = await lips.run({
      mel: { shape: [1, 1, 80, 16], data: new Float32Array(1280).fill(2) },
      faces: { shape: [1, 6, 96, 96], data: new Float32Array(6 * 96 * 96).fill(0.25) },
    });
    expect(mouths!.data[0]).toBeCloseTo(0.35, 6);
    const other = await host.open(order(doubling()));
    expect(
      (await other.run({ numbers: { shape: [1, 3], data: new Float32Array(3) } })).doubled!.data[0],
    ).toBe(1);
  });

  test('get what is constant once, and another constant in its place', async () => {
    await using host = hostOn(runtime);
    await using network = await host.open(order(doubling()));
    const constant = (value: number) => ({
      shape: [1, 3],
      data: new Float32Array(3).fill(value),
      constant: true,
    });
    const firstOf = async (numbers: { shape: number[]; data: Float32Array }) =>
      (await network.run({ numbers })).doubled!.data[0];
    const [one, two] = [constant(1), constant(2)];
    expect(await firstOf(one)).toBe(3);
    // It must not change: that it is not seen tells that it was not handed over again.
    one.data[0] = 5;
    expect(await firstOf(one)).toBe(3);
    expect(await firstOf(two)).toBe(5);
    expect(await firstOf({ shape: [1, 3], data: new Float32Array(3) })).toBe(1);
    expect(await firstOf(two)).toBe(5);
    expect(await firstOf(one)).toBe(11);
  });

  test('take integers where the file wants them', async () => {
    const inputs = [
      { name: 'x', shape: [1, 3] },
      { name: 'steps', type: 'int64', shape: [1] },
    ] as const;
    const file = doubling({
      inputs,
      weights: [],
      nodes: [
        { op: 'Cast', inputs: ['steps'], outputs: ['step'], attributes: { to: 1 } },
        { op: 'Add', inputs: ['x', 'step'], outputs: ['y'] },
      ],
    });
    await using host = hostOn(runtime);
    const signature = {
      ...DOUBLING,
      inputs: { ...DOUBLING.inputs, step: { type: 'int64', shape: [1] } },
    } as const;
    const network = await host.open(order(file, signature));
    const { doubled } = await network.run({
      numbers: { shape: [1, 3], data: Float32Array.of(1, 2, 3) },
      step: { shape: [1], data: Float32Array.of(7) },
    });
    expect([...doubled!.data]).toEqual([8, 9, 10]);
  });

  test('in half precision take and give ordinary numbers', async () => {
    const half = doubling({
      inputs: [{ name: 'x', type: 'float16', shape: ['n', 3] }],
      outputs: [{ name: 'y', type: 'float16', shape: ['n', 3] }],
      weights: [],
      nodes: [{ op: 'Neg', inputs: ['x'], outputs: ['y'] }],
    });
    await using host = hostOn(runtime);
    const network = await host.open(order(half));
    const { doubled } = await network.run({
      numbers: { shape: [1, 3], data: Float32Array.of(0.5, -2, 1 / 3) },
    });
    expect([...doubled!.data]).toEqual([-0.5, 2, -0.333251953125]);
  });

  test('that give no numbers are an error, not a black mouth', async () => {
    const root = doubling({ weights: [], nodes: [{ op: 'Sqrt', inputs: ['x'], outputs: ['y'] }] });
    await using host = hostOn(runtime);
    const network = await host.open(order(root));
    await expect(
      network.run({ numbers: { shape: [1, 3], data: Float32Array.of(1, -1, 4) } }),
    ).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      details: { network: 'test/net', output: 'doubled' },
    });
  });

  test('that fail while they run say so, and run on', async () => {
    await using host = hostOn(runtime);
    const network = await host.open(order(doubling()));
    const wrong = network.run({ numbers: { shape: [1, 4], data: new Float32Array(4) } });
    await expect(wrong).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
    const { doubled } = await network.run({ numbers: { shape: [1, 3], data: new Float32Array(3) } });
    expect(doubled!.data[2]).toBe(1);
  });

  test('that are not needed any more do not run', async () => {
    await using host = hostOn(runtime);
    const network = await host.open(order(doubling()));
    const numbers = { shape: [1, 3], data: new Float32Array(3) };
    const stop = new AbortController();
    const runs = [network.run({ numbers }, stop.signal), network.run({ numbers }, stop.signal)];
    stop.abort();
    for (const run of runs) await expect(run).rejects.toMatchObject({ code: 'CANCELLED' });
    expect((await network.run({ numbers })).doubled!.data[0]).toBe(1);
  });

  test('are refused by the cause:', async () => {
    await using host = hostOn(runtime);
    const good = doubling();
    const refused = async (bytes: Uint8Array, fault: string, message = /./) => {
      const thrown = await host.open(order(bytes)).then(
        () => null,
        (error) => error,
      );
      expect(thrown, fault).toMatchObject({ code: 'MODEL_LOAD_FAILED', details: { fault } });
      expect(thrown.message).toMatch(message);
    };
    await refused(good.subarray(0, good.length - 20), 'truncated');
    await refused(good.subarray(0, 40), 'truncated');
    await refused(new Uint8Array(0), 'empty');
    await refused(
      new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n'),
      'lfs-pointer',
    );
    await refused(new TextEncoder().encode('<html></html>'), 'web-page');
    await refused(new TextEncoder().encode('PK\u0003\u0004'), 'not-onnx', /PyTorch/);
    await refused(doubling({ opset: 5 }), 'opset', /has the opset 5; 7 to 26/);
    await refused(doubling({ opset: 99 }), 'opset');
    await refused(
      tinyWav2Lip(),
      'signature',
      /no input numbers float32 \[n,3\]; it has mel float32 \[n,1,80,16\]/,
    );
    await refused(
      doubling({ nodes: [{ op: 'Frobnicate', inputs: ['x'], outputs: ['y'] }] }),
      'runtime',
      /The ONNX Runtime refuses/,
    );
  });

  test('on a device that this build does not have are refused', async () => {
    await using host = new LocalHost({
      runtime,
      device: { kind: 'webgpu', index: 0 },
      threads: 1,
      graphs: null,
    });
    await expect(host.open(order(doubling()))).rejects.toMatchObject({
      code: expect.stringMatching(/^ENGINE_(MISSING|FAILED)$/),
    });
  });

  test('are not used after their host', async () => {
    const host = hostOn(runtime);
    const network = await host.open(order(doubling()));
    await host[Symbol.asyncDispose]();
    await expect(network.run({})).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});

describe('a runtime', () => {
  test('that cannot be loaded is said to be missing', async () => {
    await using host = hostOn({ package: 'onnxruntime-node', url: 'file:///nowhere/index.js' });
    await expect(host.open(order(doubling()))).rejects.toMatchObject({ code: 'ENGINE_MISSING' });
  });

  test.each(['gpu', 'cuda:x', 'nonsense', 'dml', ''])('never computes on "%s" without a word', (name) => {
    expect(() => parseDevice(name)).toThrow('cpu, cuda, tensorrt, webgpu');
  });

  test.skipIf(!native)('opens a network whose optimised graph cannot be kept', async () => {
    const graphs = join(folder, 'no-folder');
    writeFileSync(graphs, 'a file in the place of the folder');
    await using host = hostOn(native!, graphs);
    await using network = await host.open(order(doubling(), DOUBLING, 'abc'));
    const { doubled } = await network.run({ numbers: { shape: [1, 3], data: Float32Array.of(1, 2, 3) } });
    expect([...doubled!.data]).toEqual([3, 5, 7]);
  });

  test.skipIf(!native)('keeps graphs that it has optimised, and makes damaged ones again', async () => {
    const graphs = join(folder, 'graphs');
    const network = order(doubling(), DOUBLING, 'abc');
    const numbers = { shape: [1, 3], data: new Float32Array(3) };
    for (const damage of [false, false, true]) {
      if (damage) writeFileSync(join(graphs, 'abc.onnx'), 'damaged');
      await using host = hostOn(native!, graphs);
      const opened = await host.open(network);
      expect((await opened.run({ numbers })).doubled!.data[0]).toBe(1);
      expect(readdirSync(graphs)).toEqual(['abc.onnx']);
    }
  });
});

describe('inputs that are weights', () => {
  test('are not asked for: old files list them among the inputs', async () => {
    const old = onnxFile({
      opset: 8,
      inputs: [
        { name: 'x', shape: ['n', 3] },
        { name: 'two', shape: [1] },
        { name: 'one', shape: [1] },
      ],
      outputs: [{ name: 'y', shape: ['n', 3] }],
      weights: [
        { name: 'two', shape: [1], data: Float32Array.of(2) },
        { name: 'one', shape: [1], data: Float32Array.of(1) },
      ],
      nodes: [
        { op: 'Mul', inputs: ['x', 'two'], outputs: ['twice'] },
        { op: 'Add', inputs: ['twice', 'one'], outputs: ['y'] },
      ],
    });
    await using host = hostOn(webRuntime);
    const network = await host.open(order(old));
    const { doubled } = await network.run({ numbers: { shape: [1, 3], data: Float32Array.of(1, 1, 1) } });
    expect(doubled!.data[0]).toBe(3);
  });
});
