/**
 * What a real browser sees of live sessions on this machine: the second half of `npm run bench:live`.
 *
 * - `socketToScreenMs`: from when the last packet of a picture has arrived in the browser to when it is to be seen
 *   (`requestVideoFrameCallback`: `expectedDisplayTime - receiveTime`).
 * - `syncMs`: how far pictures are ahead of the sound (below 0: behind) when both are played, as the browser says
 *   (`estimatedPlayoutTimestamp` of both streams), every quarter of a second; 95 % of the distances are below `p95`, and `worst` is the
 *   largest: a moment in which the machine stood still is in it.
 * - `firstPictureMs`: from when the browser has the answer to the first picture on the screen.
 *
 * @module
 */
import { type Avatar, LIVE_PROFILES, type LiveProfile } from '../src/index.ts';
import { createServer, liveResource } from '../src/server.ts';
import { Chromium, findChromium } from '../tests/browser/chromium.ts';

const CONNECTIONS = 5;
const WATCHED = 8_000;

/** Figures of one connection. */
interface Seen {
  readonly screen: readonly number[];
  readonly sync: readonly number[];
  readonly first: number;
}

const WATCH = `(async () => {
  const screen = [];
  const sync = [];
  let first = null;
  let answered = 0;
  const real = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = async function (answer) {
    await real.call(this, answer);
    answered = performance.now();
  };
  const look = (now, { receiveTime, expectedDisplayTime }) => {
    first ??= now - answered;
    if (receiveTime) screen.push(expectedDisplayTime - receiveTime);
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
  byId('connect').click();
  const patience = performance.now() + 30000;
  while (first === null) {
    if (performance.now() > patience) throw new Error('No picture came.');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await new Promise((resolve) => setTimeout(resolve, 2000));
  screen.length = 0;
  const end = performance.now() + ${WATCHED};
  while (performance.now() < end) {
    const stats = [...(await live.peer.getStats()).values()].filter(({ type }) => type === 'inbound-rtp');
    const at = (kind) => stats.find((one) => one.kind === kind)?.estimatedPlayoutTimestamp;
    if (at('video') && at('audio')) sync.push(at('video') - at('audio'));
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  byId('end').click();
  RTCPeerConnection.prototype.setRemoteDescription = real;
  return { screen, sync, first };
})()`;

/** What was seen of one profile, milliseconds. */
export interface BrowserFigures {
  readonly socketToScreenMs: { readonly p50: number; readonly p95: number };
  readonly syncMs: { readonly p50: number; readonly p95: number; readonly worst: number };
  readonly firstPictureMs: { readonly p50: number; readonly p95: number };
}

/** Connects to the page again and again; `null` where no Chromium is installed. */
export async function browserFigures(avatar: Avatar): Promise<Record<LiveProfile, BrowserFigures> | null> {
  const path = findChromium();
  if (!path) return null;
  const figures: Partial<Record<LiveProfile, BrowserFigures>> = {};
  for (const profile of LIVE_PROFILES) figures[profile] = summary(await watch(path, avatar, profile));
  return figures as Record<LiveProfile, BrowserFigures>;
}

async function watch(path: string, avatar: Avatar, profile: LiveProfile): Promise<Seen[]> {
  const resource = liveResource({ avatars: new Map([['ava', avatar]]), session: { profile }, sessions: 9 });
  await using server = await createServer({ port: 0, ephemeral: true, log: 'error', resources: [resource] });
  await using browser = await Chromium.launch(path);
  const seen: Seen[] = [];
  for (let i = 0; i < CONNECTIONS; i += 1) {
    const page = await browser.open(`${server.url}/live`);
    seen.push(await page.evaluate<Seen>(WATCH));
    await page.goto('about:blank');
  }
  return seen;
}

function summary(seen: readonly Seen[]): BrowserFigures {
  const screen = seen.flatMap((one) => one.screen).toSorted((a, b) => a - b);
  const sync = seen.flatMap((one) => one.sync).toSorted((a, b) => a - b);
  const apart = sync.map(Math.abs).toSorted((a, b) => a - b);
  const first = seen.map((one) => one.first).toSorted((a, b) => a - b);
  const at = (values: readonly number[], share: number) =>
    Math.round((values[Math.floor(values.length * share)] ?? Number.NaN) * 10) / 10;
  return {
    socketToScreenMs: { p50: at(screen, 0.5), p95: at(screen, 0.95) },
    syncMs: { p50: at(sync, 0.5), p95: at(apart, 0.95), worst: Math.round(apart.at(-1) ?? Number.NaN) },
    firstPictureMs: { p50: at(first, 0.5), p95: at(first, 0.95) },
  };
}
