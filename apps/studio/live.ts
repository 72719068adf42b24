/** The view that leads to live sessions. @module */
import type { LiveAvatars } from 'loquent/client';
import { byId, element } from './elements.ts';
import { service } from './service.ts';

/** The page on which people talk to an avatar. */
export function talkUrl(avatar: string): string {
  return `/live?avatar=${encodeURIComponent(avatar)}`;
}

/** Whom one can talk to, and whether there is room for it. */
export class LiveView {
  readonly #room = element('p', { class: 'hint' });
  readonly #list = element('ul', { class: 'jobs', id: 'live-avatars' });
  readonly #empty = element(
    'p',
    { class: 'empty' },
    'Nobody is here yet. Add an avatar in the library, or drop a photo where videos are made.',
  );

  constructor() {
    const about = element(
      'p',
      { class: 'text' },
      'Speak to an avatar now: it answers a text, a microphone or a program within a blink, can be steered while it speaks, and falls silent when it is interrupted.',
    );
    byId('view-live').append(
      element('div', {}, element('h2', { class: 'lead' }, 'Live'), about, this.#room),
      this.#list,
      this.#empty,
    );
  }

  /** Looks who is there. */
  async load(): Promise<void> {
    const { live } = service();
    const [avatars, { running, capacity }] = await Promise.all([live.avatars(), live.list()]);
    const cards = await Promise.all(avatars.map(cardOf));
    this.#list.replaceChildren(...cards);
    this.#empty.hidden = cards.length > 0;
    this.#room.textContent = `${running} of ${capacity} sessions that this machine has room for are running.`;
  }
}

async function cardOf(avatar: LiveAvatars['avatars'][number]): Promise<HTMLElement> {
  const { id, name } = avatar;
  const image = element('img', { src: URL.createObjectURL(await service().live.picture(avatar)), alt: name });
  image.onload = () => URL.revokeObjectURL(image.src);
  const face = element('div', { class: 'picture' }, image);
  const talk = element('a', { class: 'button main', href: talkUrl(id) }, 'Talk');
  talk.setAttribute('aria-label', `Talk to ${name}`);
  const title = element('div', { class: 'title', title: name }, name);
  return element(
    'li',
    { class: 'job' },
    face,
    element('div', { class: 'about' }, title, element('div', { class: 'row' }, talk)),
  );
}
