/** The view that leads to live sessions. @module */
import { byId, element } from './elements.ts';
import { service } from './service.ts';

/** Live sessions are a service of their own; this view says whether this one has them. */
export class LiveView {
  readonly #card = element('div', { class: 'card form' });

  constructor() {
    const about = element(
      'p',
      { class: 'text' },
      'Speak to an avatar now: it answers a text, a microphone or a program within a blink, can be steered while it speaks, and falls silent when it is interrupted.',
    );
    byId('view-live').append(element('div', {}, element('h2', { class: 'lead' }, 'Live'), about), this.#card);
  }

  /** Looks whether there are live sessions here. */
  async load(): Promise<void> {
    const here = await service()
      .live.list()
      .catch(() => null);
    if (here) {
      const text = `${here.running} of ${here.capacity} sessions are running.`;
      this.#card.replaceChildren(
        element('p', {}, text),
        element(
          'div',
          { class: 'row' },
          element('a', { class: 'button main', href: '/live' }, 'Open the live page'),
        ),
      );
      return;
    }
    this.#card.replaceChildren(
      element(
        'p',
        {},
        'This service makes videos only. Live sessions are started beside it, with an avatar of your own:',
      ),
      element('span', { class: 'code' }, 'loquent live --avatar photo.jpg --port 8001'),
      element(
        'p',
        { class: 'hint' },
        'Then open the address that it prints. An avatar of the library can be downloaded there, too: it is a file.',
      ),
    );
  }
}
