/** The list of videos: how far each is, what came of it. @module */
import type { Job } from 'loquent/client';
import { byId, element } from './elements.ts';
import { openPlayer, titleOf } from './player.ts';
import { attempt, showProblem } from './problem.ts';
import { service } from './service.ts';

const PAGE = 12;
const STAGES: Readonly<Record<string, string>> = {
  audio: 'Listening',
  speech: 'Speaking',
  avatar: 'Getting to know the face',
  render: 'Drawing',
  finish: 'Finishing',
};

/** The videos of this key, the newest first. */
export class JobList {
  readonly #cards = new Map<string, HTMLElement>();
  readonly #following = new Set<string>();
  #older: AsyncGenerator<Job> | null = null;

  constructor() {
    byId('more-videos').onclick = () => void attempt(() => this.#showOlder());
  }

  /** Shows the newest videos, and follows those that are not done. */
  async load(): Promise<void> {
    byId('videos').replaceChildren();
    this.#cards.clear();
    this.#older = service().videos.list({ pageSize: PAGE });
    await this.#showOlder();
  }

  /** Puts a video that was just ordered in front. */
  add(job: Job): void {
    this.#show(job, true);
  }

  async #showOlder(): Promise<void> {
    let more = true;
    for (let shown = 0; shown < PAGE && more; shown += 1) {
      const { value, done } = await this.#older!.next();
      more = !done;
      if (value) this.#show(value as Job, false);
    }
    byId('more-videos').hidden = !more;
    this.#showEmpty();
  }

  #showEmpty(): void {
    byId('videos-empty').hidden = this.#cards.size > 0;
  }

  /** Draws a card, or draws it anew. */
  #show(job: Job, first: boolean): void {
    const before = this.#cards.get(job.id);
    const card = this.#cardOf(job);
    this.#cards.set(job.id, card);
    if (before) before.replaceWith(card);
    else if (first) byId('videos').prepend(card);
    else byId('videos').append(card);
    this.#showEmpty();
    if (isOpen(job) && !this.#following.has(job.id)) void this.#follow(job.id);
  }

  async #follow(id: string): Promise<void> {
    this.#following.add(id);
    try {
      for await (const job of service().videos.follow(id)) {
        if (this.#cards.has(id)) this.#show(job, false);
      }
    } catch (error) {
      showProblem(error);
    } finally {
      this.#following.delete(id);
    }
  }

  #cardOf(job: Job): HTMLElement {
    const card = element('li', { class: 'job' }, pictureOf(job));
    card.dataset['status'] = job.status;
    const about = element(
      'div',
      { class: 'about' },
      element('div', { class: 'title', title: titleOf(job) }, titleOf(job)),
    );
    if (isOpen(job)) {
      const share = element('progress', { max: 1, attributes: { 'aria-label': 'Progress' } });
      if (job.status === 'running') share.value = job.progress;
      about.append(share);
    }
    about.append(
      element('div', { class: job.status === 'failed' ? 'state bad-text' : 'state' }, stateOf(job)),
    );
    const hint = job.status === 'failed' ? job.error?.hint : null;
    if (hint) about.append(element('div', { class: 'state' }, hint));
    about.append(this.#actionsOf(job));
    card.append(about);
    return card;
  }

  #actionsOf(job: Job): HTMLElement {
    const row = element('div', { class: 'row' });
    if (isOpen(job)) {
      const cancel = element('button', { type: 'button' }, 'Cancel');
      cancel.onclick = () =>
        void attempt(async () => {
          cancel.disabled = true;
          this.#show(await service().videos.cancel(job), false);
        });
      row.append(cancel);
    }
    if (job.file || (job.stream && job.status === 'running')) {
      const watch = element('button', { type: 'button' }, 'Watch');
      watch.onclick = () => void attempt(() => openPlayer(job.id));
      row.append(watch);
    }
    return row;
  }
}

function isOpen({ status }: Job): boolean {
  return status === 'waiting' || status === 'running';
}

/** What is seen of a video before it is opened: its first frame. */
function pictureOf(job: Job): HTMLElement {
  if (!job.file) {
    const face = element('div', { class: 'picture' });
    if (isOpen(job)) face.append(element('div', { class: 'ring' }));
    return face;
  }
  const button = element('button', { type: 'button', class: 'picture' });
  button.setAttribute('aria-label', `Watch ${titleOf(job)}`);
  const video = element('video', {
    src: `${service().videos.fileUrl(job)}#t=0.1`,
    muted: true,
    preload: 'metadata',
  });
  video.tabIndex = -1;
  video.playsInline = true;
  button.append(video);
  button.insertAdjacentHTML(
    'beforeend',
    '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 3l15 9-15 9z"/></svg>',
  );
  button.onclick = () => void attempt(() => openPlayer(job.id));
  return button;
}

function stateOf({ status, stage, progress, eta, error, video, statistics, attempt: tries }: Job): string {
  switch (status) {
    case 'waiting':
      return tries > 0 ? `Waits for another attempt: ${error?.message ?? ''}` : 'Waits for its turn';
    case 'running': {
      const step = STAGES[stage ?? ''] ?? 'Begins';
      const rest = eta === null ? '' : ` · ${Math.max(1, Math.round(eta))} s to go`;
      return `${step} · ${Math.round(progress * 100)} %${rest}`;
    }
    case 'failed':
      return error?.message ?? 'It failed.';
    case 'cancelled':
      return 'Cancelled';
    case 'done': {
      const made = !statistics
        ? ''
        : statistics.reused
          ? ' · as made before'
          : ` · made in ${statistics.elapsed.toFixed(1)} s`;
      return video ? `${video.duration.toFixed(1)} s · ${video.width} × ${video.height}${made}` : 'Done';
    }
  }
}
