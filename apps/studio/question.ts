import { byId } from './elements.ts';

/**
 * Asks before something is done for good.
 *
 * @param yes - What the button says that does it.
 * @param fields - What else is asked.
 * @returns Whether the answer was yes.
 */
export function ask(
  title: string,
  text: string,
  yes: string,
  fields: readonly HTMLElement[] = [],
): Promise<boolean> {
  const dialog = byId<HTMLDialogElement>('question');
  byId('question-title').textContent = title;
  byId('question-text').textContent = text;
  byId('question-fields').replaceChildren(...fields);
  byId('question-yes').textContent = yes;
  // Red is for what cannot be undone.
  byId('question-yes').className = fields.length > 0 ? 'main' : 'bad';
  byId('question-no').textContent = fields.length > 0 ? 'Not now' : 'Keep it';
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}
