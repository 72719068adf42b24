/** The quality report of a video: figures, and two sheets of pictures. @module */
import type { Job } from 'loquent/client';
import { byId, element } from './elements.ts';
import { attempt } from './problem.ts';
import { service } from './service.ts';

type Figure = NonNullable<Job['review']>['figures'][number];

const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;
const milliseconds = (value: number): string => `${(1000 * value).toFixed(0)} ms`;

/** What the measures are called, and how they are written. */
const MEASURES: Readonly<
  Record<Figure['measure'], { readonly title: string; readonly write: (value: number) => string }>
> = {
  face: { title: 'Face is seen', write: percent },
  length: { title: 'Pictures longer than sound', write: milliseconds },
  silence: { title: 'Closed in silence', write: percent },
  lag: { title: 'Mouth later than sound', write: milliseconds },
  fit: { title: 'Mouth fits the sound', write: (value) => value.toFixed(2) },
  jitter: { title: 'Tremble', write: (value) => `${(100 * value).toFixed(2)} %` },
  blinks: { title: 'Blinks a minute', write: (value) => value.toFixed(0) },
};

/** The part of the player below the video. */
export class ReviewPanel {
  readonly #panel = byId('player-review');
  readonly #state = element('p', { class: 'hint grow', attributes: { role: 'status' } });
  #watching: AbortController | null = null;

  /** Offers a report about a video that is done. */
  offer(video: Job): void {
    this.close();
    if (video.status !== 'done') return;
    const start = element('button', { type: 'button', id: 'player-quality' }, 'Quality');
    start.onclick = () => void attempt(() => this.#review(video, start));
    this.#state.textContent = 'Looks at the video as a viewer does.';
    this.#panel.replaceChildren(element('div', { class: 'row' }, start, this.#state));
  }

  /** Forgets what is shown, and stops waiting for it. */
  close(): void {
    this.#watching?.abort();
    this.#watching = null;
    this.#panel.replaceChildren();
  }

  async #review(video: Job, start: HTMLButtonElement): Promise<void> {
    const watching = new AbortController();
    this.#watching = watching;
    start.disabled = true;
    const { reviews } = service();
    try {
      const { signal } = watching;
      const ordered = await reviews.create({ video: video.id }, { signal });
      const review = await reviews.wait(ordered, {
        signal,
        onProgress: ({ status, progress }) => {
          this.#state.textContent =
            status === 'waiting' ? 'Waits for its turn…' : `Looking… ${Math.round(100 * progress)} %`;
        },
      });
      this.#show(review);
    } catch (error) {
      if (watching.signal.aborted) return;
      this.#state.textContent = error instanceof Error ? error.message : 'That did not work.';
      start.disabled = false;
    }
  }

  #show({ review, file, picture }: Job): void {
    const meters = element('dl', { class: 'meters' }, ...(review?.figures ?? []).map(meterOf));
    const sheets = [
      { link: file, title: 'Mouths at the loudest second' },
      { link: picture, title: 'Frames over the whole video' },
    ].map(({ link, title }) =>
      element(
        'figure',
        {},
        element('img', { src: link?.url ?? '', alt: title }),
        element('figcaption', {}, title),
      ),
    );
    this.#panel.replaceChildren(meters, ...sheets);
  }
}

function meterOf({ measure, value, good, range }: Figure): HTMLElement {
  const { title, write } = MEASURES[measure];
  const verdict =
    good === null ? null : element('small', {}, good ? ' good' : ` should be ${wanted(range, write)}`);
  const meter = element(
    'div',
    {},
    element('dt', {}, title),
    element('dd', {}, value === null ? '–' : write(value), verdict),
  );
  meter.dataset['verdict'] = good === null ? 'none' : good ? 'good' : 'poor';
  return meter;
}

/** A range in words. */
function wanted(range: Figure['range'], write: (value: number) => string): string {
  const { least, most } = range ?? {};
  if (least === undefined) return `at most ${write(most!)}`;
  return most === undefined ? `at least ${write(least)}` : `${write(least)} to ${write(most)}`;
}
