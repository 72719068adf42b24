/** The view of the avatars: faces that are ready, with who agreed to their use. @module */
import type { Job } from 'loquent/client';
import { byId, dropZone, element } from './elements.ts';
import { talkUrl } from './live.ts';
import { attempt, clearProblem, showProblem } from './problem.ts';
import { ask } from './question.ts';
import { service } from './service.ts';

/** The avatars of this key. */
export class LibraryView {
  readonly #list = element('ul', { class: 'jobs', id: 'avatars' });
  readonly #empty = element(
    'p',
    { class: 'empty' },
    'No avatar yet. Add the first one, or drop a photo where videos are made.',
  );
  readonly #use: (avatar: Job) => Promise<void>;
  #photo: File | null = null;

  /** @param use - Takes an avatar to where videos are made. */
  constructor(use: (avatar: Job) => Promise<void>) {
    this.#use = use;
    const about = element(
      'p',
      { class: 'text' },
      'A photo is prepared once; videos with it begin at once. Use faces only of people who agreed, and keep down who and when: the record stays with the avatar.',
    );
    byId('view-library').append(
      element('div', {}, element('h2', { class: 'lead' }, 'Avatars'), about),
      this.#form(),
      this.#list,
      this.#empty,
    );
  }

  /** Loads them anew. */
  async load(): Promise<void> {
    const cards: HTMLElement[] = [];
    // Those of clips speak in videos only.
    const talking = new Set((await service().live.avatars()).map(({ id }) => id));
    for await (const avatar of service().avatars.list({ status: 'done' }))
      cards.push(this.#cardOf(avatar, talking.has(avatar.id)));
    this.#list.replaceChildren(...cards);
    this.#empty.hidden = cards.length > 0;
  }

  #form(): HTMLElement {
    const file = element('input', {
      type: 'file',
      accept: 'image/jpeg,image/png,image/webp',
      class: 'unseen',
      id: 'library-photo',
    });
    const chosen = element('span', {}, 'Drop a photo here, or choose one');
    const zone = element('label', { class: 'sound-drop' }, file, chosen);
    const name = element('input', { type: 'text', maxLength: 100, autocomplete: 'off', id: 'library-name' });
    const by = element('input', {
      type: 'text',
      maxLength: 200,
      autocomplete: 'off',
      id: 'library-by',
      placeholder: 'Ann Example',
    });
    const note = element('input', {
      type: 'text',
      maxLength: 2000,
      autocomplete: 'off',
      id: 'library-note',
      placeholder: 'Signed form no. 12, for our website',
    });
    const state = element('p', { class: 'hint grow', attributes: { role: 'status' } });
    const add = element('button', { type: 'submit', class: 'main', id: 'library-add' }, 'Add the avatar');
    const take = (photo: File) => {
      this.#photo = photo;
      chosen.textContent = photo.name;
      if (name.value === '') name.value = photo.name.replace(/\.\w+$/, '').replaceAll(/[_-]+/g, ' ');
    };
    file.onchange = () => file.files?.[0] && take(file.files[0]);
    dropZone(zone, /^image\//, take);
    const form = element(
      'form',
      { class: 'card form' },
      element('h2', {}, 'Add an avatar'),
      zone,
      element(
        'div',
        { class: 'columns' },
        element('label', {}, 'Name', name),
        element('label', {}, 'Who agreed to the use of this face', by),
        element('label', {}, 'To what, and where it is written down', note),
      ),
      element('div', { class: 'row' }, state, add),
    );
    form.onsubmit = async (event) => {
      event.preventDefault();
      clearProblem();
      const image = this.#photo;
      if (!image) {
        state.textContent = 'Choose a photo first.';
        file.focus();
        return;
      }
      add.disabled = true;
      state.textContent = 'Getting to know the face…';
      try {
        const consent =
          by.value.trim() === '' ? undefined : { by: by.value.trim(), note: note.value.trim() || undefined };
        const ordered = await service().avatars.create({
          image,
          name: name.value.trim() || undefined,
          consent,
        });
        await service().avatars.wait(ordered);
        form.reset();
        this.#photo = null;
        chosen.textContent = 'Drop a photo here, or choose one';
        await this.load();
        state.textContent = 'It is ready.';
      } catch (error) {
        state.textContent = '';
        showProblem(error);
      } finally {
        add.disabled = false;
      }
    };
    return form;
  }

  #cardOf(avatar: Job, talks: boolean): HTMLElement {
    const title = avatar.name ?? 'Without a name';
    const face = element('div', { class: 'picture' });
    if (avatar.picture) face.append(element('img', { src: avatar.picture.url, alt: title, loading: 'lazy' }));
    const use = element('button', { type: 'button' }, 'Use');
    use.onclick = () => void attempt(() => this.#use(avatar));
    const talk = element('a', { class: 'button', href: talkUrl(avatar.id) }, 'Talk');
    talk.setAttribute('aria-label', `Talk to ${title}`);
    const remove = element('button', { type: 'button', class: 'quiet' }, 'Delete');
    remove.setAttribute('aria-label', `Delete ${title}`);
    remove.onclick = () => void attempt(() => this.#remove(avatar, title));
    return element(
      'li',
      { class: 'job' },
      face,
      element(
        'div',
        { class: 'about' },
        element('div', { class: 'title', title }, title),
        element('div', { class: 'state' }, consentOf(avatar)),
        element('div', { class: 'row' }, use, talks ? talk : null, remove),
      ),
    );
  }

  async #remove(avatar: Job, title: string): Promise<void> {
    const sure = await ask(
      `Delete “${title}”?`,
      'The photo, the avatar and its consent record are removed from the service. Videos that were made with it stay.',
      'Delete it',
    );
    if (!sure) return;
    await service().avatars.remove(avatar);
    await this.load();
  }
}

/** Who agreed, when, to what. */
function consentOf({ consent }: Job): string {
  if (!consent) return 'Nobody’s consent is recorded.';
  const day = new Date(consent.at).toLocaleDateString();
  return `${consent.by} agreed on ${day}${consent.note ? `: ${consent.note}` : '.'}`;
}
