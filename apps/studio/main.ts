/** The studio: views behind one address, and what they have in common. @module */
import { AdminView } from './admin.ts';
import { byId } from './elements.ts';
import { LibraryView } from './library.ts';
import { LiveView } from './live.ts';
import { MakeView } from './make.ts';
import { setUpPlayer } from './player.ts';
import { attempt, clearProblem, setUpProblem } from './problem.ts';

const VIEWS = ['make', 'library', 'live', 'admin'] as const;
type Name = (typeof VIEWS)[number];

const make = new MakeView();
const views: Readonly<Record<Name, { load(): Promise<void> }>> = {
  make,
  library: new LibraryView(async (avatar) => {
    location.hash = '#make';
    await make.pick(avatar);
  }),
  live: new LiveView(),
  admin: new AdminView(),
};

/** The view that the address names. */
function current(): Name {
  const name = location.hash.slice(1);
  return VIEWS.find((view) => view === name) ?? 'make';
}

function show(): void {
  clearProblem();
  for (const name of VIEWS) byId(`view-${name}`).hidden = name !== current();
  for (const link of document.querySelectorAll<HTMLElement>('nav a')) {
    if (link.dataset['view'] === current()) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  void attempt(() => views[current()].load());
}

setUpProblem(show);
setUpPlayer();
addEventListener('hashchange', show);
// A file that misses its place must not replace the page.
for (const type of ['dragover', 'drop']) addEventListener(type, (event) => event.preventDefault());
show();
