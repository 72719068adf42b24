/** WebRTC signalling in the shape of WHEP: an offer is posted, the answer comes back, the address ends it. @module */
import { z } from 'zod';
import { defineRoute, type Route } from '../route.ts';
import type { LiveAccess } from './access.ts';
import { readText } from './bodies.ts';
import type { LiveSessions } from './live-sessions.ts';

const LARGEST_SDP = 64_000;
const SDP = 'application/sdp';
const FRAGMENT = 'application/trickle-ice-sdpfrag';

const sessionParams = z.object({ id: z.string().max(64) });
const peerParams = sessionParams.extend({ peer: z.string().max(64) });

/** The routes of a viewer's connection. */
export function whepRoutes(sessions: LiveSessions, access: LiveAccess): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/v1/live/sessions/:id/whep',
      summary: 'Connects a viewer: answers a WebRTC offer.',
      description:
        'The offer has one video section (H.264), one audio section (Opus; send your microphone in it, or only receive) and, for commands and events, a data channel. Who draws the avatar himself leaves out the video and opens a data channel `motion`. The answer holds all addresses of the server. `Location` is the connection: add addresses by PATCH, end it by DELETE. Pages send the token of the session as `Authorization: Bearer`.',
      scope: null,
      params: sessionParams,
      otherBodies: { [SDP]: { type: 'string' } },
      maxBytes: LARGEST_SDP,
      answers: { 201: { description: 'The SDP answer.', type: SDP } },
      async handle({ params: { id }, request, reply }) {
        await access.enter(request.headers, id, 'whep');
        const offer = await readText(request.raw, LARGEST_SDP);
        const { peer, answer } = await sessions.answer(id, offer);
        await reply
          .code(201)
          .header('location', `/v1/live/sessions/${id}/whep/${peer}`)
          .type(SDP)
          .send(answer);
        return undefined;
      },
    }),
    defineRoute({
      method: 'PATCH',
      path: '/v1/live/sessions/:id/whep/:peer',
      summary: 'Adds addresses of the viewer (trickle ICE).',
      scope: null,
      params: peerParams,
      otherBodies: { [FRAGMENT]: { type: 'string' } },
      maxBytes: LARGEST_SDP,
      answers: { 204: { description: 'They are known.' } },
      async handle({ params: { id, peer }, request, reply }) {
        sessions.get(id);
        const fragment = await readText(request.raw, LARGEST_SDP);
        await sessions.media.call('addCandidates', [id, peer, fragment]);
        await reply.code(204).send();
        return undefined;
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/v1/live/sessions/:id/whep/:peer',
      summary: 'Ends the connection of a viewer.',
      description: 'A session without connections ends by itself a moment later.',
      scope: null,
      params: peerParams,
      answers: { 204: { description: 'It has ended.' } },
      async handle({ params: { id, peer }, reply }) {
        sessions.get(id);
        await sessions.media.call('hangUp', [id, peer]);
        await reply.code(204).send();
        return undefined;
      },
    }),
  ];
}
