/** Live sessions as things that are made, looked at, spoken to and ended. @module */
import { z } from 'zod';
import {
  type IceServer,
  LIVE_INPUT_RATES,
  LIVE_PROFILES,
  type LiveInputRate,
  type LiveOptions,
  LoquentError,
  liveBackgroundSchema,
  liveCommandSchema,
  liveSchema,
  MICROPHONE_USES,
  settingsSchema,
  viewSchema,
} from '../../core/index.ts';
import type { Principal } from '../access/principal.ts';
import { defineRoute, type Route } from '../route.ts';
import { voiceName, voiceSchema } from '../voices/voice-name.ts';
import type { LiveAccess } from './access.ts';
import { readSamples } from './bodies.ts';
import type { LiveRecord, LiveSessions } from './live-sessions.ts';

/** Largest upload of speech, bytes: an hour at 48 kHz. */
const LARGEST_SPEECH = 350_000_000;
const PCM = ['audio/pcm', 'audio/l16', 'application/octet-stream'];

const idParams = z.object({ id: z.string().max(64) });

const createBody = z.strictObject({
  avatar: z
    .string()
    .max(200)
    .optional()
    .describe('id of the avatar, see `GET /v1/live/avatars`; default: the first one'),
  profile: z.enum(LIVE_PROFILES).optional().describe('exactness of the mouth against delay'),
  size: viewSchema.shape.size.describe("length of the pictures' longer side in pixels"),
  crop: viewSchema.shape.crop.removeDefault().optional(),
  background: liveBackgroundSchema.optional(),
  engine: liveSchema.shape.engine.removeDefault().optional(),
  controls: settingsSchema.optional().describe('emotion, gaze, distance, amounts... at the beginning'),
  voice: voiceSchema
    .optional()
    .describe('who says texts: a voice of the synthesiser, with espeak a language like en-us or de'),
  microphone: z
    .enum(MICROPHONE_USES)
    .optional()
    .describe(
      'what a viewer’s microphone does: echo lets the avatar say it, forward sends it to the sockets',
    ),
  livekit: z
    .strictObject({
      url: z
        .url({ protocol: /^wss?$/ })
        .describe('the LiveKit server, wss://host; the service names those it allows'),
      token: z
        .string()
        .max(10_000)
        .describe(
          'access token of the avatar for the room, with the attribute `lk.publish_on_behalf` of its agent',
        ),
      agent: z.string().max(200).optional().describe('identity of the agent, if the token does not tell it'),
    })
    .optional()
    .describe('joins the room of a LiveKit server, as the face of an agent there'),
  origin: z
    .url()
    .optional()
    .describe('web page for which the token is, as https://example.org; default: the one that asks'),
});

const sessionSchema = z.object({
  id: z.string(),
  avatar: z.string(),
  width: z.int(),
  height: z.int(),
  fps: z.number(),
  viewers: z.int(),
  createdAt: z.string(),
  expiresAt: z.string().describe('when it ends unless it is renewed'),
  idleSeconds: z
    .number()
    .describe('it ends after so many seconds without any command, sound or `keep_alive`'),
  urls: z.object({
    self: z.string(),
    whep: z.string(),
    socket: z.string(),
    audio: z.string(),
    commands: z.string(),
  }),
  drawing: z
    .object({
      avatar: z.string().describe('address of the avatar’s file'),
      sha256: z.string().describe('of the file, so that pages fetch it once'),
      bytes: z.int(),
      view: z.looseObject({}).describe('how it is shown, as `openPortrait` takes it'),
    })
    .nullable()
    .describe(
      'what viewers need to draw the avatar themselves out of the motion stream; null if they may not',
    ),
  iceServers: z
    .array(z.object({ urls: z.string(), username: z.string().optional(), credential: z.string().optional() }))
    .describe('for the RTCPeerConnection of the page'),
});
const tokenSchema = z.object({ token: z.string(), tokenExpiresAt: z.string() });
const createdSchema = sessionSchema.extend(tokenSchema.shape);

/** The routes of sessions. */
export function sessionRoutes(
  sessions: LiveSessions,
  access: LiveAccess,
  iceServers: readonly IceServer[],
): Route[] {
  const own = (id: string, principal: Principal): LiveRecord => {
    const record = sessions.get(id);
    if (record.owner === principal.id) return record;
    throw new LoquentError('LIVE_NOT_FOUND', `There is no live session "${id}".`);
  };
  const issue = (id: string, origin: string | null) => {
    const { token, expiresAt } = sessions.tokens.issue(id, origin);
    return { token, tokenExpiresAt: new Date(expiresAt).toISOString() };
  };
  const view = (record: LiveRecord) => ({
    ...viewOf(record, sessions.setup.idle),
    iceServers: iceServers.map(({ url, ...secret }) => ({ urls: url, ...secret })),
  });

  return [
    defineRoute({
      method: 'POST',
      path: '/v1/live/sessions',
      summary: 'Begins a live session.',
      description:
        'The token connects one page once, within a minute. A machine that is full answers 503 with `Retry-After`.',
      scope: 'live',
      body: createBody.default({}),
      answers: { 201: { description: 'The session and its token.', schema: createdSchema } },
      async handle({ body, principal, request, reply }) {
        const { setup } = sessions;
        const { avatar, microphone, voice, livekit, origin, controls, ...view_ } = body;
        const session = { ...setup.session, ...defined(view_), ...defined(controls ?? {}) };
        const record = await sessions.open(principal.id, {
          avatar,
          session: session as Partial<LiveOptions>,
          livekit,
          microphone: microphone ?? setup.microphone,
          voice: voice === undefined ? setup.voice : voiceName(setup.voice ?? 'espeak', voice),
        });
        reply.code(201).header('location', `/v1/live/sessions/${record.id}`);
        return {
          ...view(record),
          ...issue(record.id, origin ? new URL(origin).origin : (request.headers.origin ?? null)),
        };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/live/sessions',
      summary: 'Lists the live sessions, and says how many fit.',
      scope: 'live',
      answers: {
        200: {
          description: 'Those of this key.',
          schema: z.object({ sessions: z.array(sessionSchema), running: z.int(), capacity: z.int() }),
        },
      },
      handle: async ({ principal }) => ({
        sessions: sessions.list(principal.id).map(view),
        running: sessions.admission.running,
        capacity: sessions.admission.capacity,
      }),
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/live/sessions/:id',
      summary: 'Describes a live session, with its figures.',
      scope: 'live',
      params: idParams,
      answers: {
        200: {
          description: 'The session.',
          schema: sessionSchema.extend({ stats: z.looseObject({}), peers: z.array(z.looseObject({})) }),
        },
      },
      async handle({ params: { id }, principal }) {
        const record = own(id, principal);
        const { session, peers } = await sessions.media.call('stats', [id]);
        return { ...view(record), stats: session, peers };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/live/sessions/:id/avatar',
      summary: 'The file of the avatar, for viewers who draw it themselves.',
      scope: null,
      params: idParams,
      answers: { 200: { description: 'The file.', type: 'application/octet-stream' } },
      async handle({ params: { id }, request, reply }) {
        await access.enter(request.headers, id, 'avatar');
        const { drawing } = sessions.get(id);
        if (!drawing) {
          throw new LoquentError(
            'LIVE_NOT_FOUND',
            'The avatar of this session is drawn by the service only.',
          );
        }
        const { bytes } = drawing.file;
        await reply
          .type('application/octet-stream')
          .header('content-length', bytes.length)
          .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
        return undefined;
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/v1/live/sessions/:id',
      summary: 'Ends a live session.',
      scope: 'live',
      params: idParams,
      answers: { 204: { description: 'It has ended; its connections were told so.' } },
      async handle({ params: { id }, principal, reply }) {
        own(id, principal);
        await sessions.end(id, 'requested');
        await reply.code(204).send();
        return undefined;
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/live/sessions/:id/renew',
      summary: 'Lets a live session live for its whole length again.',
      scope: 'live',
      params: idParams,
      answers: { 200: { description: 'The session.', schema: sessionSchema } },
      async handle({ params: { id }, principal }) {
        own(id, principal);
        return view(sessions.renew(id));
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/live/sessions/:id/tokens',
      summary: 'Makes another token, for a page that connects again or a further viewer.',
      scope: 'live',
      params: idParams,
      body: createBody.pick({ origin: true }).default({}),
      answers: { 201: { description: 'The token.', schema: tokenSchema } },
      async handle({ params: { id }, body: { origin }, principal, request, reply }) {
        own(id, principal);
        reply.code(201);
        return issue(id, origin ? new URL(origin).origin : (request.headers.origin ?? null));
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/live/sessions/:id/commands',
      summary: 'Gives a command, as over the WebSocket or the data channel.',
      description:
        '`interrupt` answers with the utterance that was cut off and how many seconds of it were heard.',
      scope: 'live',
      params: idParams,
      body: liveCommandSchema,
      answers: {
        200: {
          description: 'What was cut off.',
          schema: z.object({ utterance: z.string().nullable(), position: z.number() }),
        },
        202: { description: 'It was given; events tell how it goes.' },
      },
      async handle({ params: { id }, body, principal, reply }) {
        own(id, principal);
        if (body.type === 'interrupt') return sessions.media.call('interrupt', [id]);
        await sessions.media.call('command', [id, JSON.stringify(body)]);
        await reply.code(202).send();
        return undefined;
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/live/sessions/:id/audio',
      summary: 'Lets the avatar say a recording or a stream: PCM16, little-endian, mono.',
      description:
        'Send it as fast as you like: what is ahead by more than some seconds waits. Answers when all of it was taken; it is said until then or shortly after.',
      scope: null,
      params: idParams,
      query: z.object({
        rate: z.coerce
          .number()
          .refine((rate) => LIVE_INPUT_RATES.includes(rate as LiveInputRate), {
            error: `must be one of ${LIVE_INPUT_RATES.join(', ')}`,
          })
          .default(16_000)
          .describe(`samples per second: ${LIVE_INPUT_RATES.join(', ')}`),
        utterance: z.string().min(1).max(100).optional().describe('its name in events'),
      }),
      otherBodies: Object.fromEntries(PCM.map((type) => [type, { type: 'string', format: 'binary' }])),
      maxBytes: LARGEST_SPEECH,
      answers: {
        200: {
          description: 'It was taken.',
          schema: z.object({ utterance: z.string(), seconds: z.number() }),
        },
      },
      async handle({ params: { id }, query, request }) {
        await access.enter(request.headers, id, 'audio');
        const rate = query.rate as LiveInputRate;
        const utterance = query.utterance ?? `upload-${crypto.randomUUID()}`;
        let bytes = 0;
        try {
          for await (const piece of readSamples(request.raw, LARGEST_SPEECH)) {
            bytes += piece.length;
            await sessions.media.call('speak', [id, piece, rate, utterance], [piece.buffer]);
          }
        } finally {
          await sessions.media.call('endUtterance', [id, utterance]).catch(() => undefined);
        }
        return { utterance, seconds: bytes / 2 / rate };
      },
    }),
  ];
}

function viewOf(record: LiveRecord, idleSeconds: number): Omit<z.input<typeof sessionSchema>, 'iceServers'> {
  const { id, avatar, width, height, fps, viewers, createdAt, expiresAt, drawing } = record;
  const self = `/v1/live/sessions/${id}`;
  return {
    ...{ id, avatar, width, height, fps, viewers, idleSeconds },
    createdAt: new Date(createdAt).toISOString(),
    expiresAt: new Date(expiresAt).toISOString(),
    drawing: drawing && {
      avatar: `${self}/avatar`,
      sha256: drawing.file.sha256,
      bytes: drawing.file.bytes.length,
      view: drawing.view,
    },
    urls: {
      self,
      whep: `${self}/whep`,
      socket: `${self}/ws`,
      audio: `${self}/audio`,
      commands: `${self}/commands`,
    },
  };
}

/** `values` without those that are not given. */
function defined(values: object): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
