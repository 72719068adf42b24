import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A tensor of the fake server. */
export interface ServedTensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
}

/** A server that speaks the Open Inference Protocol. */
export interface FakeKserve extends AsyncDisposable {
  /** `http://127.0.0.1:port`. */
  readonly address: string;
  /** Paths that were asked for. */
  readonly asked: string[];
  /** Header of the last inference request. */
  readonly last: { inputs: (ServedTensor & { parameters: object })[]; outputs: object[] } | null;
}

/** What the fake server does. */
export interface FakeModel {
  readonly name: string;
  readonly inputs: readonly ServedTensor[];
  readonly outputs: readonly ServedTensor[];
  /** Bytes of the inputs, in order, to bytes of the outputs with their shapes. */
  infer(
    inputs: readonly Uint8Array[],
    shapes: readonly (readonly number[])[],
  ): readonly [readonly number[], Uint8Array][];
  /** Changes the answer before it is sent. */
  spoil?(response: ServerResponse): boolean;
}

/** Starts the server on a free port. */
export async function fakeKserve(...models: readonly FakeModel[]): Promise<FakeKserve> {
  const asked: string[] = [];
  let last: FakeKserve['last'] = null;
  const server = createServer(async (request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const model = models.find(({ name }) => path.split('/')[3] === name);
    if (!model) {
      response.writeHead(404).end(JSON.stringify({ error: 'unknown model' }));
    } else if (path === `/v2/models/${model.name}/ready`) {
      response.end();
    } else if (path === `/v2/models/${model.name}`) {
      const { name, inputs, outputs } = model;
      response.end(JSON.stringify({ name, platform: 'fake', inputs, outputs }));
    } else if (path === `/v2/models/${model.name}/infer`) {
      const body = await bytesOf(request);
      if (model.spoil?.(response)) return;
      const length = Number(request.headers['inference-header-content-length']);
      last = JSON.parse(new TextDecoder().decode(body.subarray(0, length)));
      answer(model, last!, body.subarray(length), response);
    } else {
      response.writeHead(404).end(JSON.stringify({ error: 'unknown model' }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    get last() {
      return last;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(
  model: FakeModel,
  { inputs }: NonNullable<FakeKserve['last']>,
  raw: Uint8Array,
  response: ServerResponse,
): void {
  let at = 0;
  const parts = inputs.map(({ parameters }) => {
    const size = (parameters as { binary_data_size: number }).binary_data_size;
    at += size;
    return raw.slice(at - size, at);
  });
  const given = model.infer(
    parts,
    inputs.map(({ shape }) => shape),
  );
  const outputs = given.map(([shape, bytes], index) => ({
    ...model.outputs[index]!,
    shape,
    parameters: { binary_data_size: bytes.length },
  }));
  const header = Buffer.from(JSON.stringify({ model_name: model.name, outputs }));
  response.setHeader('inference-header-content-length', header.length);
  response.end(Buffer.concat([header, ...given.map(([, bytes]) => bytes)]));
}

async function bytesOf(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return new Uint8Array(Buffer.concat(chunks));
}
