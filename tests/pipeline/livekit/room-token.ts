import { createHmac } from 'node:crypto';
import process from 'node:process';

/** A token of the keys that `livekit-server --dev` has. */
export function tokenOf(
  identity: string,
  attributes: Record<string, string>,
  room = `room-${process.pid}`,
): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const video = { room, roomJoin: true, canPublish: true, canSubscribe: true };
  const expiry = Math.floor(Date.now() / 1000) + 600;
  const claims = { iss: 'devkey', sub: identity, kind: 'agent', exp: expiry, attributes, video };
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${signed}.${createHmac('sha256', 'secret').update(signed).digest('base64url')}`;
}
