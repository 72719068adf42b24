/** The view for those who run the service. @module */
import { byId, element } from './elements.ts';
import { attempt } from './problem.ts';
import { ask } from './question.ts';
import { service } from './service.ts';

interface Overview {
  readonly version: string;
  readonly uptime: number;
  readonly data: string | null;
  readonly keysNeeded: boolean;
  readonly memory: number;
  readonly workers: { readonly busy: number; readonly all: number };
  readonly jobs: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly oldestWait: number;
  readonly files: { readonly count: number; readonly bytes: number };
  readonly caches: Readonly<Record<string, { readonly count: number; readonly bytes: number }>>;
}

interface Key {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly createdAt: string;
  readonly revokedAt: string | null;
  readonly key?: string;
}

interface Deed {
  readonly time: string;
  readonly actor: string;
  readonly action: string;
  readonly target: string | null;
  readonly status: number;
}

const SCOPES = ['avatars', 'videos', 'live', 'admin'] as const;
const STATES = ['waiting', 'running', 'done', 'failed', 'cancelled'] as const;
/** How often the overview is asked for, milliseconds. */
const REFRESH = 2000;

/** Entries of the audit log that are shown. */
const DEEDS = 20;

/** Queue, workers, storage, keys. */
export class AdminView {
  readonly #facts = element('dl', { class: 'meters', id: 'overview' });
  readonly #jobs = element('div', { class: 'table' });
  readonly #keys = element('div', { class: 'table' });
  readonly #made = element('div', { class: 'form', attributes: { role: 'status' } });
  readonly #deeds = element('div', { class: 'table', id: 'deeds' });
  readonly #about = element('p', { class: 'hint' });
  /** Names of the keys by their ids. */
  #names: ReadonlyMap<string, string> = new Map();
  #timer = 0;

  constructor() {
    const metrics = element('a', { href: '/metrics', target: '_blank' }, 'Metrics for Prometheus');
    const docs = element('a', { href: '/docs', target: '_blank' }, 'All addresses');
    byId('view-admin').append(
      element('div', {}, element('h2', { class: 'lead' }, 'The service'), this.#about),
      this.#facts,
      element(
        'div',
        { class: 'columns' },
        element('section', { class: 'card' }, element('h2', {}, 'Jobs'), this.#jobs),
        element(
          'section',
          { class: 'card form' },
          element('h2', {}, 'API keys'),
          this.#keys,
          this.#keyForm(),
          this.#made,
        ),
      ),
      element('section', { class: 'card' }, element('h2', {}, 'What was done'), this.#deeds),
      element('div', { class: 'row' }, metrics, docs),
    );
  }

  /** Loads everything, and the overview again and again while it is seen. */
  async load(): Promise<void> {
    clearInterval(this.#timer);
    await this.#showOverview();
    await this.#showKeys();
    await this.#showDeeds();
    this.#timer = window.setInterval(() => {
      if (byId('view-admin').hidden) clearInterval(this.#timer);
      else if (!document.hidden) void this.#showOverview().catch(() => {});
    }, REFRESH);
  }

  async #showOverview(): Promise<void> {
    const seen = await service().request<Overview>('/v1/admin');
    const waiting = sum(seen.jobs, 'waiting');
    const facts: [string, string, string][] = [
      ['Waiting', String(waiting), waiting === 1 ? 'job' : 'jobs'],
      ['Longest wait', seen.oldestWait.toFixed(0), 's'],
      ['Workers busy', `${seen.workers.busy}`, `of ${seen.workers.all}`],
      ['Kept', (seen.files.bytes / 1e6).toFixed(0), `MB in ${seen.files.count} files`],
      ...Object.entries(seen.caches).map(([kind, { count, bytes }]): [string, string, string] => [
        `Cache of ${kind}`,
        (bytes / 1e6).toFixed(0),
        `MB in ${count}`,
      ]),
      ['Memory', (seen.memory / 1e6).toFixed(0), 'MB without workers'],
      ['Running for', ...spanOf(seen.uptime)],
    ];
    this.#facts.replaceChildren(
      ...facts.map(([name, value, unit]) =>
        element(
          'div',
          {},
          element('dt', {}, name),
          element('dd', {}, `${value} `, element('small', {}, unit)),
        ),
      ),
    );
    const who = seen.keysNeeded
      ? 'asks for keys'
      : 'asks for no keys: every program on this machine can use it';
    this.#about.textContent = `Loquent ${seen.version}, ${who}. ${seen.data ? `Everything is in ${seen.data}.` : 'Nothing is kept after its end.'}`;
    const rows = Object.entries(seen.jobs).map(([kind, counts]) => [
      { webhook: 'messages', avatar: 'avatars', video: 'videos', review: 'reviews' }[kind] ?? kind,
      ...STATES.map((state) => String(counts[state] ?? 0)),
    ]);
    this.#jobs.replaceChildren(
      rows.length === 0
        ? element('p', { class: 'hint' }, 'There was none yet.')
        : table(['', ...STATES], rows),
    );
  }

  /** The newest entries of the audit log, and whether all of it is as it was written. */
  async #showDeeds(): Promise<void> {
    const { items, intact } = await service().request<{ items: readonly Deed[]; intact: boolean }>(
      '/v1/admin/audit',
      { query: { limit: DEEDS } },
    );
    const rows = items.map(({ time, actor, action, target, status }) => [
      new Date(time).toLocaleString(),
      this.#names.get(actor) ?? actor,
      action,
      target ?? '',
      String(status),
    ]);
    this.#deeds.replaceChildren(
      intact
        ? element(
            'p',
            { class: 'hint' },
            'Whatever changed something, the newest first. The log is unbroken.',
          )
        : element('p', { class: 'bad-text' }, 'Entries of this log were changed or taken out.'),
      table(['When', 'Who', 'What', 'To which', 'Answer'], rows),
    );
  }

  async #showKeys(): Promise<void> {
    const { items } = await service().request<{ items: readonly Key[] }>('/v1/admin/keys');
    this.#names = new Map(items.map(({ id, name }) => [id, name]));
    const rows = items.map((key) => [
      key.name,
      key.scopes.join(', '),
      new Date(key.createdAt).toLocaleDateString(),
      key.revokedAt ? 'revoked' : this.#revokeButton(key),
    ]);
    this.#keys.replaceChildren(
      rows.length === 0
        ? element('p', { class: 'hint' }, 'There is none yet.')
        : table(['Name', 'May use', 'Made', ''], rows),
    );
  }

  #revokeButton(key: Key): HTMLElement {
    const revoke = element('button', { type: 'button', class: 'quiet' }, 'Revoke');
    revoke.setAttribute('aria-label', `Revoke ${key.name}`);
    revoke.onclick = () =>
      void attempt(async () => {
        const sure = await ask(
          `Revoke “${key.name}”?`,
          'Programs that use this key are refused at once. What it made stays.',
          'Revoke it',
        );
        if (!sure) return;
        await service().request(`/v1/admin/keys/${key.id}`, { method: 'DELETE' });
        await this.#showKeys();
      });
    return revoke;
  }

  #keyForm(): HTMLElement {
    const name = element('input', {
      type: 'text',
      maxLength: 100,
      required: true,
      autocomplete: 'off',
      id: 'key-name',
    });
    const boxes = SCOPES.map((scope) =>
      element('input', { type: 'checkbox', value: scope, checked: scope !== 'admin', id: `scope-${scope}` }),
    );
    const labels = boxes.map((box) => element('label', { class: 'check' }, box, box.value));
    const form = element(
      'form',
      { class: 'form' },
      element('label', {}, 'Name of a new key', name),
      element(
        'div',
        { class: 'row' },
        ...labels,
        element('span', { class: 'grow' }),
        element('button', { type: 'submit' }, 'Make a key'),
      ),
    );
    form.onsubmit = (event) => {
      event.preventDefault();
      void attempt(async () => {
        const scopes = boxes.filter(({ checked }) => checked).map(({ value }) => value);
        const json = { name: name.value.trim(), scopes };
        const made = await service().request<Key>('/v1/admin/keys', { method: 'POST', json });
        this.#made.replaceChildren(
          element('p', { class: 'hint' }, `The key “${made.name}”. It is shown here and never again:`),
          element('span', { class: 'code' }, made.key ?? ''),
        );
        name.value = '';
        await this.#showKeys();
      });
    };
    return form;
  }
}

function sum(jobs: Overview['jobs'], state: string): number {
  return Object.values(jobs).reduce((total, counts) => total + (counts[state] ?? 0), 0);
}

/** Seconds in the unit that says most. */
function spanOf(seconds: number): [string, string] {
  if (seconds < 120) return [seconds.toFixed(0), 's'];
  if (seconds < 7200) return [(seconds / 60).toFixed(0), 'min'];
  return seconds < 172_800 ? [(seconds / 3600).toFixed(0), 'h'] : [(seconds / 86_400).toFixed(0), 'days'];
}

/** A table; cells after the first hold numbers if they are texts of digits. */
function table(heads: readonly string[], rows: readonly (readonly (string | HTMLElement)[])[]): HTMLElement {
  const isNumber = (cell: string | HTMLElement | undefined) => typeof cell === 'string' && /^\d+$/.test(cell);
  const head = heads.map((text, at) =>
    element('th', { class: isNumber(rows[0]?.[at]) ? 'number' : '', scope: 'col' }, text),
  );
  const body = rows.map((row) =>
    element('tr', {}, ...row.map((cell) => element('td', { class: isNumber(cell) ? 'number' : '' }, cell))),
  );
  return element(
    'table',
    {},
    element('thead', {}, element('tr', {}, ...head)),
    element('tbody', {}, ...body),
  );
}
