/** What the video shows: part, background, size, quality. @module */
import type { VideoOrder } from 'loquent/client';
import { byId, element } from './elements.ts';
import { service } from './service.ts';

/** What was chosen, in the words of the service; what is as usual is left out. */
export type Picture = Pick<
  VideoOrder,
  'crop' | 'background' | 'backgroundImage' | 'size' | 'preset' | 'engine'
>;

const SELECTS = ['crop', 'background', 'size', 'preset', 'engine'] as const;
const FIELDS = ['crop', 'background', 'colour', 'behind', 'size', 'preset'] as const;
const select = (name: (typeof SELECTS)[number]) => byId<HTMLSelectElement>(name);

/** Engines that are there anyway. */
const EMBEDDED: readonly string[] = ['mesh', 'lip'];
/** What may be done with what they draw. */
const USE = { yes: '', no: ' (no commercial use)', unclear: ' (commercial use unclear)' } as const;

/** The fields of the card "Picture". */
export class PictureControls {
  #ofClip = false;

  /** @param onChange - Is called after every change. */
  constructor(onChange: () => void) {
    for (const name of FIELDS) {
      byId(name).addEventListener('input', () => {
        this.#showFields();
        onChange();
      });
    }
    this.#showFields();
  }

  /** Offers the engines that can run there, if there are any besides the embedded ones. */
  async load(): Promise<void> {
    const engines = (await service().engines()).filter(
      ({ ready, name }) => ready && !EMBEDDED.includes(name),
    );
    const options = engines.map(({ name, kind, commercial }) =>
      element('option', {
        value: name,
        label: name + USE[commercial],
        ...(kind === 'motion' && { class: 'of-photo' }),
      }),
    );
    select('engine').append(...options);
    for (const part of document.querySelectorAll<HTMLElement>('[data-engine]'))
      part.hidden = options.length === 0;
  }

  /** What was chosen. */
  get value(): Picture {
    const quality = {
      preset: select('preset').value as Exclude<Picture['preset'], undefined>,
      ...(select('size').value !== '' && { size: Number(select('size').value) }),
      ...(select('engine').value !== '' && {
        engine: select('engine').value as Exclude<Picture['engine'], undefined>,
      }),
    };
    if (this.#ofClip) return quality;
    const background = select('background').value;
    const behind = byId<HTMLInputElement>('behind').files?.[0];
    return {
      crop: select('crop').value as Exclude<Picture['crop'], undefined>,
      ...quality,
      ...(background === 'picture' ? behind && { backgroundImage: behind } : { background: this.background }),
    };
  }

  /** The background as the service names it; a picture is a file, and `keep` until there is one. */
  get background(): string {
    const chosen = select('background').value;
    if (chosen === 'colour') return byId<HTMLInputElement>('colour').value;
    return chosen === 'picture' ? 'keep' : chosen;
  }

  /** Leaves away what has no meaning for clips, which keep their frame and their background, or shows it again. */
  suit(clip: boolean): void {
    this.#ofClip = clip;
    for (const option of select('engine').querySelectorAll<HTMLOptionElement>('.of-photo'))
      option.disabled = clip;
    if (select('engine').selectedOptions[0]?.disabled) select('engine').value = '';
    for (const part of document.querySelectorAll<HTMLElement>('[data-source="photo"]')) part.hidden = clip;
    this.#showFields();
  }

  /** Everything as usual. */
  reset(): void {
    for (const name of SELECTS) {
      const options = [...select(name).options];
      select(name).value = (options.find(({ defaultSelected }) => defaultSelected) ?? options[0]!).value;
    }
    this.#showFields();
  }

  #showFields(): void {
    for (const part of document.querySelectorAll<HTMLElement>('[data-for]')) {
      part.hidden = this.#ofClip || part.dataset['for'] !== select('background').value;
    }
  }
}
