import { describe, expect, test } from 'vitest';
import { KserveHost } from '../../../src/engines/onnx/kserve-host.ts';
import { type FakeModel, fakeKserve } from './fake-kserve.ts';
import { DOUBLING } from './tiny-networks.ts';

const order = { name: 'test/net', path: '', signature: DOUBLING, identity: null };
const numbers = { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) };

const model: FakeModel = {
  name: 'test_net',
  inputs: [{ name: 'INPUT__0', datatype: 'FP32', shape: [-1, 3] }],
  outputs: [{ name: 'OUTPUT__0', datatype: 'FP32', shape: [-1, 3] }],
  infer([bytes], [shape]) {
    const doubled = new Float32Array(bytes!.slice().buffer).map((value) => 2 * value + 1);
    return [[shape!, new Uint8Array(doubled.buffer)]];
  },
};

describe('networks on a server', () => {
  test('give what they would give here', async () => {
    await using server = await fakeKserve(model);
    await using host = new KserveHost(`${server.address}/`);
    const network = await host.open(order);
    expect(network.device).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(await network.run({ numbers })).toEqual({
      doubled: { shape: [2, 3], data: Float32Array.of(3, 5, 7, 9, 11, 13) },
    });
    expect(server.last).toEqual({
      inputs: [{ name: 'INPUT__0', datatype: 'FP32', shape: [2, 3], parameters: { binary_data_size: 24 } }],
      outputs: [{ name: 'OUTPUT__0', parameters: { binary_data: true } }],
    });
  });

  test('in half precision get and give half the bytes', async () => {
    await using server = await fakeKserve({
      ...model,
      inputs: [{ name: 'x', datatype: 'FP16', shape: [4, 3] }],
      outputs: [{ name: 'y', datatype: 'FP16', shape: [4, 3] }],
      infer: ([bytes], [shape]) => [[shape!, bytes!]],
    });
    const network = await new KserveHost(server.address).open(order);
    expect(network.batch).toBe(4);
    expect((await network.run({ numbers })).doubled!.data).toEqual(numbers.data);
    expect(server.last!.inputs[0]!.parameters).toEqual({ binary_data_size: 12 });
  });

  test('that are not there are missing, with the name to load them under', async () => {
    await using server = await fakeKserve({ ...model, name: 'other' });
    await expect(new KserveHost(server.address).open(order)).rejects.toMatchObject({
      code: 'ENGINE_MISSING',
      hint: 'Load the network there under the name "test_net".',
    });
  });

  test('with another signature are refused', async () => {
    await using server = await fakeKserve({
      ...model,
      inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 4] }],
    });
    await expect(new KserveHost(server.address).open(order)).rejects.toMatchObject({
      code: 'MODEL_LOAD_FAILED',
      details: { fault: 'signature' },
    });
  });

  test.each([
    [
      'an error of the server',
      (response: import('node:http').ServerResponse) => {
        response.writeHead(500).end(JSON.stringify({ error: 'CUDA out of memory' }));
        return true;
      },
      'CUDA out of memory',
    ],
    [
      'an answer that ends too early',
      (response: import('node:http').ServerResponse) => {
        const output = {
          name: 'OUTPUT__0',
          datatype: 'FP32',
          shape: [2, 3],
          parameters: { binary_data_size: 24 },
        };
        const header = JSON.stringify({ outputs: [output] });
        response.setHeader('inference-header-content-length', header.length);
        response.end(`${header}1234`);
        return true;
      },
      'ends too early',
    ],
    [
      'an answer that is none',
      (response: import('node:http').ServerResponse) => {
        response.end('<html>');
        return true;
      },
      'damaged',
    ],
    [
      'a connection that breaks',
      (response: import('node:http').ServerResponse) => {
        response.destroy();
        return true;
      },
      'cannot be reached',
    ],
  ])('tell of %s', async (_what, spoil, words) => {
    await using server = await fakeKserve({ ...model, spoil });
    const network = await new KserveHost(server.address).open(order);
    await expect(network.run({ numbers })).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      message: expect.stringContaining(words),
    });
  });

  test('are asked again when the connection broke', async () => {
    let broken = 0;
    const spoil = (response: import('node:http').ServerResponse) => {
      if (broken > 0) return false;
      broken += 1;
      response.destroy();
      return true;
    };
    await using server = await fakeKserve({ ...model, spoil });
    const network = await new KserveHost(server.address).open(order);
    await network.run({ numbers });
    expect(server.asked.filter((path) => path.endsWith('/infer'))).toHaveLength(2);
  });

  test('that give no numbers are an error', async () => {
    await using server = await fakeKserve({
      ...model,
      infer: (_inputs, [shape]) => [[shape!, new Uint8Array(new Float32Array(6).fill(Number.NaN).buffer)]],
    });
    const network = await new KserveHost(server.address).open(order);
    await expect(network.run({ numbers })).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
  });

  test('are not waited for when they are not needed any more', async () => {
    await using server = await fakeKserve({ ...model, spoil: () => true });
    const network = await new KserveHost(server.address).open(order);
    const stop = new AbortController();
    const run = network.run({ numbers }, stop.signal);
    stop.abort();
    await expect(run).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
