/** A finished video, large, with what is known about it. @module */
import type { Job } from 'loquent/client';
import { byId, element } from './elements.ts';
import { ReviewPanel } from './review.ts';
import { service } from './service.ts';

const review = new ReviewPanel();

/** Makes the window close in every way. */
export function setUpPlayer(): void {
  const dialog = byId<HTMLDialogElement>('player');
  byId('player-close').onclick = () => dialog.close();
  dialog.onclick = (event) => {
    if (event.target === dialog) dialog.close();
  };
  dialog.onclose = () => {
    const video = byId<HTMLVideoElement>('player-video');
    review.close();
    video.pause();
    video.removeAttribute('src');
    video.load();
  };
}

/** Plays a video, while it is made already. Asks for it first, so that the link is fresh. */
export async function openPlayer(id: string): Promise<void> {
  const { videos } = service();
  const job = await videos.get(id);
  const file = videos.fileUrl(job);
  const url = file ?? videos.streamUrl(job);
  if (url === null) return;
  const video = byId<HTMLVideoElement>('player-video');
  video.replaceChildren(...captionsOf(job));
  video.src = url;
  byId('player-title').textContent = titleOf(job);
  byId('player-facts').replaceChildren(...factsOf(job).map(([name, value, unit]) => fact(name, value, unit)));
  byId('player-warnings').replaceChildren(...job.warnings.map(({ message }) => element('li', {}, message)));
  const link = byId<HTMLAnchorElement>('player-download');
  link.href = url;
  link.hidden = file === null;
  link.download = `${
    titleOf(job)
      .slice(0, 60)
      .replaceAll(/[^\p{L}\p{N} -]+/gu, '')
      .trim() || 'loquent'
  }.${endingOf(job)}`;
  review.offer(job);
  byId<HTMLDialogElement>('player').showModal();
  await video.play().catch(() => {
    // Browsers may want a press of the button first.
  });
}

/** What to call a video: its name, or when it was ordered. */
export function titleOf({ name, createdAt }: Job): string {
  if (name) return name;
  return createdAt ? new Date(createdAt).toLocaleString() : 'Video';
}

/** What is said, under the picture for those who want to read it. */
function captionsOf({ captions }: Job): HTMLTrackElement[] {
  if (!captions) return [];
  return [element('track', { kind: 'captions', label: 'What is said', src: captions.vtt })];
}

function factsOf({ video, statistics, file }: Job): [string, string, string][] {
  const facts: [string, string, string][] = [];
  if (video) {
    facts.push(['Length', video.duration.toFixed(1), 's']);
    facts.push(['Picture', `${video.width} × ${video.height}`, `${video.fps} /s`]);
  }
  if (statistics) {
    facts.push(['Made in', statistics.elapsed.toFixed(1), 's']);
    if (statistics.realtime !== null) facts.push(['Speed', statistics.realtime.toFixed(1), '× real time']);
  }
  if (file) facts.push(['File', (file.bytes / 1e6).toFixed(1), 'MB']);
  return facts;
}

function fact(name: string, value: string, unit: string): HTMLElement {
  const amount = element('dd', {}, `${value} `, element('small', {}, unit));
  return element('div', {}, element('dt', {}, name), amount);
}

function endingOf({ file }: Job): string {
  return { 'video/webm': 'webm', 'video/quicktime': 'mov' }[file?.mediaType ?? ''] ?? 'mp4';
}
