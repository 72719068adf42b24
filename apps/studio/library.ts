/** The view of the avatars: faces that are ready, with who agreed to their use. @module */
import type { AvatarNote, Job } from 'loquent/client';
import { byId, dropZone, element } from './elements.ts';
import { talkUrl } from './live.ts';
import { attempt, clearProblem, showProblem } from './problem.ts';
import { ask } from './question.ts';
import { service } from './service.ts';

/** What stands where a file is dropped while there is none. */
const DROP = 'Drop a photo or a video here, or choose one';

/** The avatars of this key. */
export class LibraryView {
  readonly #list = element('ul', { class: 'jobs', id: 'avatars' });
  readonly #empty = element(
    'p',
    { class: 'empty' },
    'No avatar yet. Add the first one, or drop a photo where videos are made.',
  );
  readonly #use: (avatar: Job) => Promise<void>;
  #file: File | null = null;

  /** @param use - Takes an avatar to where videos are made. */
  constructor(use: (avatar: Job) => Promise<void>) {
    this.#use = use;
    const about = element(
      'p',
      { class: 'text' },
      'A photo or a video of a person is prepared once; what is made of it begins at once. Use faces only of people who agreed, and keep down who and when: the record stays with the avatar.',
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
    for await (const avatar of service().avatars.list({ status: 'done' })) cards.push(this.#cardOf(avatar));
    this.#list.replaceChildren(...cards);
    this.#empty.hidden = cards.length > 0;
  }

  #form(): HTMLElement {
    const file = element('input', {
      type: 'file',
      accept: 'image/jpeg,image/png,image/webp,video/*,.mkv',
      class: 'unseen',
      id: 'library-file',
    });
    const chosen = element('span', {}, DROP);
    const zone = element('label', { class: 'sound-drop' }, file, chosen);
    const name = element('input', { type: 'text', maxLength: 100, autocomplete: 'off', id: 'library-name' });
    const { by, note } = consentFields('library');
    const state = element('p', { class: 'hint grow', attributes: { role: 'status' } });
    const add = element('button', { type: 'submit', class: 'main', id: 'library-add' }, 'Add the avatar');
    const take = (given: File) => {
      this.#file = given;
      chosen.textContent = given.name;
      if (name.value === '') name.value = given.name.replace(/\.\w+$/, '').replaceAll(/[_-]+/g, ' ');
    };
    file.onchange = () => file.files?.[0] && take(file.files[0]);
    dropZone(zone, /^(image|video)\//, take);
    const form = element(
      'form',
      { class: 'card form' },
      element('h2', {}, 'Add an avatar'),
      zone,
      element('div', { class: 'columns' }, element('label', {}, 'Name', name), ...labelled(by, note)),
      element('div', { class: 'row' }, state, add),
    );
    form.onsubmit = async (event) => {
      event.preventDefault();
      clearProblem();
      const given = this.#file;
      if (!given) {
        state.textContent = 'Choose a photo or a video first.';
        file.focus();
        return;
      }
      add.disabled = true;
      state.textContent = 'Getting to know the face…';
      try {
        const ordered = await service().avatars.create({
          [given.type.startsWith('image/') ? 'image' : 'clip']: given,
          name: name.value.trim() || undefined,
          consent: consentIn(by, note),
        });
        await service().avatars.wait(ordered, {
          onProgress: ({ progress }) => {
            state.textContent = `Getting to know the face… ${Math.round(progress * 100)} %`;
          },
        });
        form.reset();
        this.#file = null;
        chosen.textContent = DROP;
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

  #cardOf(avatar: Job): HTMLElement {
    const title = avatar.name ?? 'Without a name';
    const face = element('div', { class: 'picture' });
    if (avatar.picture) face.append(element('img', { src: avatar.picture.url, alt: title, loading: 'lazy' }));
    const use = element('button', { type: 'button' }, 'Use');
    use.onclick = () => void attempt(() => this.#use(avatar));
    const talk = element('a', { class: 'button', href: talkUrl(avatar.id) }, 'Talk');
    talk.setAttribute('aria-label', `Talk to ${title}`);
    const agreed = element('button', { type: 'button' }, 'Record consent');
    agreed.setAttribute('aria-label', `Record who agreed to the use of ${title}`);
    agreed.onclick = () => void attempt(() => this.#record(avatar, title));
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
        element(
          'div',
          { class: 'row' },
          use,
          // Those of clips speak in videos only.
          avatar.source === 'photo' ? talk : null,
          avatar.consent ? null : agreed,
          remove,
        ),
      ),
    );
  }

  async #record(avatar: Job, title: string): Promise<void> {
    const { by, note } = consentFields('record');
    const sure = await ask(`Consent for “${title}”`, '', 'Record it', labelled(by, note));
    const consent = consentIn(by, note);
    if (!sure || !consent) return;
    await service().avatars.update(avatar, { consent });
    await this.load();
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

/** What is asked about consent. */
function consentFields(place: string): { readonly by: HTMLInputElement; readonly note: HTMLInputElement } {
  const field = (name: string, maxLength: number, placeholder: string) =>
    element('input', { type: 'text', maxLength, autocomplete: 'off', id: `${place}-${name}`, placeholder });
  return {
    by: field('by', 200, 'Ann Example'),
    note: field('note', 2000, 'Signed form no. 12, for our website'),
  };
}

function labelled(by: HTMLInputElement, note: HTMLInputElement): HTMLElement[] {
  return [
    element('label', {}, 'Who agreed to the use of this face', by),
    element('label', {}, 'To what, and where it is written down', note),
  ];
}

/** What was answered; nothing where nobody is named. */
function consentIn(by: HTMLInputElement, note: HTMLInputElement): AvatarNote['consent'] {
  const who = by.value.trim();
  return who === '' ? undefined : { by: who, note: note.value.trim() || undefined };
}

/** Who agreed, when, to what. */
function consentOf({ consent }: Job): string {
  if (!consent) return 'Nobody’s consent is recorded.';
  const day = new Date(consent.at).toLocaleDateString();
  return `${consent.by} agreed on ${day}${consent.note ? `: ${consent.note}` : '.'}`;
}
