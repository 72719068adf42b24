/** What went wrong, where everybody sees it, with what to do about it. @module */
import { ServiceError } from 'loquent/client';
import { byId, element } from './elements.ts';
import { useKey } from './service.ts';

const ABOUT_KEYS = ['KEY_MISSING', 'KEY_INVALID', 'SCOPE_MISSING'];

/** Shows a failure until it is closed or the next thing works. */
export function showProblem(thrown: unknown): void {
  const error =
    thrown instanceof ServiceError
      ? thrown
      : new ServiceError(thrown instanceof Error ? thrown.message : String(thrown), { code: 'UNREADABLE' });
  byId('problem-title').textContent = error.message;
  byId('problem-hint').textContent = error.hint;
  const wait = error.retryAfter === null ? [] : [`Try again in ${Math.ceil(error.retryAfter)} s.`];
  const request = error.requestId === null ? [] : [`Request ${error.requestId}`];
  const details = error.status >= 500 ? [...wait, ...request] : wait;
  byId('problem-list').replaceChildren(...details.map((text) => element('li', {}, text)));
  byId('key-form').hidden = !ABOUT_KEYS.includes(error.code);
  byId('problem').hidden = false;
  byId('problem').scrollIntoView({ block: 'nearest' });
  if (!byId('key-form').hidden) byId('key').focus();
}

/** Takes the message away. */
export function clearProblem(): void {
  byId('problem').hidden = true;
}

/** Does something; what it throws is shown. */
export async function attempt(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    showProblem(error);
  }
}

/** Makes the message work. @param retry - Is called when there is another key. */
export function setUpProblem(retry: () => void): void {
  byId('problem-close').onclick = clearProblem;
  byId<HTMLFormElement>('key-form').onsubmit = (event) => {
    event.preventDefault();
    useKey(byId<HTMLInputElement>('key').value.trim());
    clearProblem();
    retry();
  };
}
