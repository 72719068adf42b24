/** The view in which videos are made. @module */
import type { Job, VideoOrder } from 'loquent/client';
import { byId } from './elements.ts';
import { ExpressionControls } from './expression.ts';
import { JobList } from './jobs.ts';
import { PictureControls } from './picture.ts';
import { Preview } from './preview.ts';
import { attempt, clearProblem } from './problem.ts';
import { service } from './service.ts';
import { SourceControls, setState } from './source.ts';
import { SpeechControls } from './speech.ts';

/** Longest name of a video. */
const LONGEST_NAME = 100;

/** Everything between a photo and a video of it. */
export class MakeView {
  readonly #speech = new SpeechControls();
  readonly #jobs = new JobList();
  readonly #preview = new Preview();
  readonly #expression = new ExpressionControls(() => this.#preview.express(this.#expression.value));
  readonly #picture = new PictureControls(() => void attempt(() => this.#preview.show(this.#view)));
  readonly #source = new SourceControls((avatar) => this.#portray(avatar));

  constructor() {
    byId<HTMLFormElement>('speech').onsubmit = (event) => {
      event.preventDefault();
      void attempt(() => this.#order());
    };
    byId('text').onkeydown = (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
        byId<HTMLFormElement>('speech').requestSubmit();
      }
    };
    byId('reset').onclick = () => {
      this.#expression.reset();
      this.#picture.reset();
      this.#preview.express(this.#expression.value);
      void attempt(() => this.#preview.show(this.#view));
    };
  }

  /** Loads what the service knows. */
  async load(): Promise<void> {
    await attempt(() => this.#jobs.load());
    // Without a list a voice can still be typed.
    void this.#speech.load().catch(() => undefined);
    // Without a list everything is drawn as usual.
    void this.#picture.load().catch(() => undefined);
    await this.#source.refresh();
  }

  /** Takes an avatar of the library. */
  pick(avatar: Job): Promise<void> {
    return this.#source.pick(avatar);
  }

  /** What the preview shows of the card "Picture": everything but a picture that is a file. */
  get #view() {
    return { ...this.#picture.value, background: this.#picture.background };
  }

  async #portray(avatar: Job | null): Promise<void> {
    this.#preview.close();
    const clip = avatar?.source === 'clip';
    this.#picture.suit(clip);
    if (!avatar) return;
    if (clip) return setState('live', 'A clip: it moves by itself, the mouth follows what is said');
    try {
      await this.#preview.open(avatar, this.#view);
      this.#preview.express(this.#expression.value);
      setState('live', 'Preview');
    } catch (error) {
      console.warn(error);
      setState('live', 'Ready (this browser draws no preview)');
    }
  }

  async #order(): Promise<void> {
    clearProblem();
    byId('speech-hint').textContent = '';
    const { avatar } = this.#source;
    const speech = this.#speech.value;
    if (!avatar) return this.#source.askFor();
    if (!speech) return this.#speech.askFor();
    const button = byId<HTMLButtonElement>('make');
    button.disabled = true;
    try {
      const order: VideoOrder = {
        avatar: avatar.id,
        name: this.#speech.title.slice(0, LONGEST_NAME),
        ...speech,
        ...(avatar.source === 'photo' && this.#expression.value),
        ...this.#picture.value,
      };
      this.#jobs.add(await service().videos.create(order));
      byId('videos-title').scrollIntoView({ block: 'nearest' });
    } finally {
      button.disabled = false;
    }
  }
}
