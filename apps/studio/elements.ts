/** Elements of the page. @module */

/** The element with an id of the page; there is one. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

/** What an element is given: its properties; `aria`, `data` and `class` as attributes. */
export type Properties<E> = Partial<Omit<E, 'style' | 'children' | 'attributes'>> & {
  readonly class?: string;
  readonly attributes?: Readonly<Record<string, string>>;
};

/** Makes an element. Texts among the children are texts, never HTML. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  { class: name, attributes = {}, ...properties }: Properties<HTMLElementTagNameMap[Tag]> = {},
  ...children: readonly (Node | string | null)[]
): HTMLElementTagNameMap[Tag] {
  const made = Object.assign(document.createElement(tag), properties) as HTMLElementTagNameMap[Tag];
  if (name !== undefined) made.className = name;
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** Lets the arrow keys go through the buttons of a group of which one is chosen, as radio buttons do. */
export function arrowKeys(group: HTMLElement, role: 'radio' | 'tab'): void {
  group.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (step === undefined) return;
    const buttons = [...group.querySelectorAll<HTMLElement>(`[role="${role}"]`)];
    const at = buttons.indexOf(document.activeElement as HTMLElement);
    const next = buttons[(at + step + buttons.length) % buttons.length];
    event.preventDefault();
    next?.focus();
    next?.click();
  });
}

/** Makes an element a place to drop files of some kind on. */
export function dropZone(zone: HTMLElement, accepts: RegExp, onFile: (file: File) => void): void {
  const over = (event: DragEvent, on: boolean) => {
    event.preventDefault();
    zone.classList.toggle('over', on);
  };
  zone.addEventListener('dragover', (event) => over(event, true));
  zone.addEventListener('dragleave', (event) => over(event, false));
  zone.addEventListener('drop', (event) => {
    over(event, false);
    const files = [...(event.dataTransfer?.files ?? [])];
    const file = files.find(({ type }) => accepts.test(type)) ?? files[0];
    if (file) onFile(file);
  });
}
