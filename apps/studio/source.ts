/** Whose face it is: a photo that is dropped here, or an avatar of the library. @module */
import { type Job, ServiceError } from 'loquent/client';
import { arrowKeys, byId, dropZone, element } from './elements.ts';
import { attempt, clearProblem, showProblem } from './problem.ts';
import { service } from './service.ts';

/** Avatars that can be picked beside the stage. */
const MOST_FACES = 12;

/** The stage without what moves on it. */
export class SourceControls {
  #avatar: Job | null = null;
  #preparing: AbortController | null = null;
  readonly #onChange: (avatar: Job | null) => Promise<void>;

  /** @param onChange - Is called when there is another avatar, or none. */
  constructor(onChange: (avatar: Job | null) => Promise<void>) {
    this.#onChange = onChange;
    const input = byId<HTMLInputElement>('photo');
    input.onchange = () => {
      if (input.files?.[0]) void this.take(input.files[0]);
      input.value = '';
    };
    byId('other-photo').onclick = () => input.click();
    dropZone(byId('stage'), /^image\//, (file) => void this.take(file));
    arrowKeys(byId('faces'), 'radio');
  }

  /** The avatar that videos are made of; `null` while there is none. */
  get avatar(): Job | null {
    return this.#avatar;
  }

  /** Asks for what is missing. */
  askFor(): void {
    byId('photo').focus();
    setState('bad', this.#preparing ? 'The photo is not prepared yet' : 'Choose a photo first');
  }

  /** Prepares a photo. */
  async take(photo: File): Promise<void> {
    clearProblem();
    this.#preparing?.abort();
    const preparing = new AbortController();
    this.#preparing = preparing;
    const { signal } = preparing;
    await this.#choose(null);
    this.#showStill(URL.createObjectURL(photo), photo.name);
    setState('busy', 'Sending the photo…');
    try {
      const ordered = await service().avatars.create({ image: photo, name: nameOf(photo) }, { signal });
      const onProgress = ({ status }: Job) => {
        setState('busy', status === 'waiting' ? 'Waiting for a worker…' : 'Getting to know the face…');
      };
      const avatar = await service().avatars.wait(ordered, { signal, onProgress });
      if (this.#preparing === preparing) this.#preparing = null;
      await this.pick(avatar);
      await this.refresh();
    } catch (error) {
      if (signal.aborted) return;
      this.#preparing = null;
      this.#showStill(null, '');
      setState('bad', error instanceof ServiceError ? 'This photo cannot be used' : 'That did not work');
      showProblem(error);
    }
  }

  /** Takes an avatar of the library. */
  async pick(avatar: Job): Promise<void> {
    this.#preparing?.abort();
    this.#preparing = null;
    if (avatar.picture) this.#showStill(avatar.picture.url, avatar.name ?? '');
    setState('busy', 'Loading the portrait…');
    await this.#choose(avatar);
  }

  /** Shows the faces of the library. */
  async refresh(): Promise<void> {
    await attempt(async () => {
      const faces: HTMLElement[] = [];
      for await (const avatar of service().avatars.list({ status: 'done', pageSize: MOST_FACES })) {
        faces.push(this.#faceOf(avatar));
        if (faces.length === MOST_FACES) break;
      }
      byId('faces').replaceChildren(...faces);
      this.#mark();
    });
  }

  async #choose(avatar: Job | null): Promise<void> {
    this.#avatar = avatar;
    this.#mark();
    await this.#onChange(avatar);
  }

  #faceOf(avatar: Job): HTMLElement {
    const name = avatar.name ?? 'Without a name';
    const face = element('button', { type: 'button', class: 'face', title: name });
    face.setAttribute('role', 'radio');
    face.setAttribute('aria-label', name);
    face.dataset['id'] = avatar.id;
    if (avatar.picture) face.append(element('img', { src: avatar.picture.url, alt: '' }));
    face.onclick = () => void this.pick(avatar);
    return face;
  }

  #mark(): void {
    const faces = [...byId('faces').querySelectorAll<HTMLElement>('.face')];
    for (const [index, face] of faces.entries()) {
      const chosen = face.dataset['id'] === this.#avatar?.id;
      face.setAttribute('aria-checked', String(chosen));
      face.tabIndex = chosen || (!this.#avatar && index === 0) ? 0 : -1;
    }
  }

  #showStill(url: string | null, name: string): void {
    const still = byId<HTMLImageElement>('still');
    if (still.src.startsWith('blob:')) URL.revokeObjectURL(still.src);
    still.hidden = url === null;
    if (url !== null) Object.assign(still, { src: url, alt: name });
    byId('drop').hidden = url !== null;
    byId('other-photo').hidden = url === null;
  }
}

/** Says how the portrait is; `null` takes the badge away. */
export function setState(kind: 'busy' | 'live' | 'bad', text: string | null): void {
  const badge = byId('stage-state');
  badge.hidden = text === null;
  badge.dataset['kind'] = kind;
  badge.textContent = text;
  byId('stage').classList.toggle('wait', kind === 'busy');
}

/** `ann-2024.jpg` as a name: `ann 2024`. */
function nameOf({ name }: File): string {
  const plain = name
    .replace(/\.\w+$/, '')
    .replaceAll(/[_-]+/g, ' ')
    .trim();
  return plain.slice(0, 100) || 'Portrait';
}
