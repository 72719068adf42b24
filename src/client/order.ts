import type { AvatarFields, BatchFields, VideoFields } from './service-types.ts';
import type { Outgoing } from './transport.ts';

/** A file: its contents (in Node, `openAsBlob` of `node:fs` gives them), or an https address that the service fetches. */
export type FileSource = Blob | Uint8Array | ArrayBuffer | URL | string;

/** Fields that are files. */
type FileField = 'image' | 'clip' | 'audio' | 'teeth' | 'backgroundImage';
/** Fields that may be files instead of addresses. */
type WithFiles<Fields> = Omit<Fields, FileField> & {
  readonly [Name in FileField & keyof Fields]?: FileSource | undefined;
};

/** What a video shall be: `image` or `avatar`, `audio` or `text`, and any of the options of `loquent speak`. */
export type VideoOrder = WithFiles<VideoFields>;
/** What an avatar shall be made of. */
export type AvatarOrder = WithFiles<AvatarFields>;
/** A video of a batch; its files are addresses. */
export type BatchItem = BatchFields['items'][number];

/** How an order is sent. */
export interface OrderOptions {
  /**
   * The same key never makes a second job, however often the order is sent within a day. Default: a new one for every call,
   * so that an order which is sent again because an answer got lost is made once.
   */
  readonly idempotencyKey?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The request that an order is: a form where files are sent, JSON otherwise. */
export function orderRequest(
  order: object,
  { idempotencyKey = randomKey(), signal }: OrderOptions = {},
): Outgoing {
  const common = {
    method: 'POST',
    headers: { 'idempotency-key': idempotencyKey },
    repeatable: true,
    signal,
  } as const;
  const fields = Object.entries(order).filter(([, value]) => value !== undefined);
  const contents = fields.some(([, value]) => contentOf(value) !== null);
  if (!contents) return { ...common, json: Object.fromEntries(fields) };
  const form = new FormData();
  for (const [name, value] of fields) {
    const content = contentOf(value);
    if (content) form.append(name, content, name);
    else form.append(name, textOf(value));
  }
  return { ...common, body: form };
}

function contentOf(value: unknown): Blob | null {
  if (value instanceof Blob) return value;
  if (value instanceof ArrayBuffer) return new Blob([value]);
  return value instanceof Uint8Array ? new Blob([value as Uint8Array<ArrayBuffer>]) : null;
}

/** A field of a form: texts as they are, everything else as JSON. */
function textOf(value: unknown): string {
  return typeof value === 'string' || value instanceof URL ? String(value) : JSON.stringify(value);
}

/** 128 random bits. (`crypto.randomUUID` is not there on pages without https.) */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}
