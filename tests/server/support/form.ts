import type { Sent } from './room.ts';

const BOUNDARY = 'a-line-that-is-in-no-file';

/** A `multipart/form-data` request: texts as fields, bytes as files. */
export function form(
  fields: Readonly<Record<string, string | Uint8Array>>,
): Sent & { headers: Record<string, string> } {
  const parts = Object.entries(fields).flatMap(([name, value]) => {
    const file =
      typeof value === 'string' ? '' : `; filename="../../${name}.exe"\r\nContent-Type: text/plain`;
    const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n`;
    return [Buffer.from(head), Buffer.from(value as Uint8Array), Buffer.from('\r\n')];
  });
  return {
    method: 'POST',
    headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
    body: new Uint8Array(Buffer.concat([...parts, Buffer.from(`--${BOUNDARY}--\r\n`)])),
  };
}
