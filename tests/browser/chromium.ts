/** A real Chromium without a window, driven over its debugging pipe: no driver package, no download. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import type { Readable, Writable } from 'node:stream';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

/** Path of an installed Chromium or Chrome (`LOQUENT_CHROMIUM` overrides the search); `null` if there is none. */
export function findChromium(): string | null {
  const given = process.env['LOQUENT_CHROMIUM'];
  if (given) return given;
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const candidates = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return candidates.find((path) => existsSync(path)) ?? null;
}

/** What a page wrote to its console, or threw. */
export interface ConsoleLine {
  readonly level: string;
  readonly text: string;
}

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
  readonly sessionId?: string;
}

/** A running browser. */
export class Chromium implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #input: Writable;
  readonly #waiting = new Map<
    number,
    { resolve(result: Record<string, unknown>): void; reject(error: Error): void }
  >();
  readonly #pages = new Map<string, Page>();
  #next = 1;
  #rest = '';

  /**
   * Starts the browser.
   *
   * @param microphone - WAV file that the fake microphone plays, over and over.
   */
  static async launch(
    path: string,
    options: { microphone?: string; flags?: readonly string[] } = {},
  ): Promise<Chromium> {
    const profile = mkdtempSync(join(tmpdir(), 'loquent-chromium-'));
    const flags = [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--disable-extensions',
      '--disable-component-update',
      '--disable-background-networking',
      '--autoplay-policy=no-user-gesture-required',
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      '--remote-debugging-pipe',
      `--user-data-dir=${profile}`,
      ...(options.microphone ? [`--use-file-for-fake-audio-capture=${options.microphone}`] : []),
      ...(options.flags ?? []),
      'about:blank',
    ];
    const child = spawn(path, flags, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    return new Chromium(child, profile);
  }

  private constructor(child: ChildProcess, profile: string) {
    this.#process = child;
    this.#profile = profile;
    this.#input = child.stdio[3] as Writable;
    this.#input.on('error', () => {});
    const output = child.stdio[4] as Readable;
    output.setEncoding('utf8');
    output.on('data', (text: string) => this.#read(text));
    child.once('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('Chromium has ended.'));
      this.#waiting.clear();
    });
  }

  #read(text: string): void {
    const parts = (this.#rest + text).split('\0');
    this.#rest = parts.pop()!;
    for (const part of parts) this.#take(JSON.parse(part) as Answer);
  }

  #take({ id, method, params, result, error, sessionId }: Answer): void {
    if (id !== undefined) {
      const call = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error) call?.reject(new Error(error.message));
      else call?.resolve(result ?? {});
    } else if (method && sessionId) this.#pages.get(sessionId)?.take(method, params ?? {});
  }

  /** Calls a method of the Chrome DevTools Protocol. */
  call(method: string, params: object = {}, sessionId?: string): Promise<Record<string, unknown>> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#input.write(`${JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) })}\0`);
    });
  }

  /** Opens a page and waits until it is loaded. */
  async open(url: string, size = { width: 1280, height: 800, mobile: false }): Promise<Page> {
    const { targetId } = await this.call('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.call('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page(this, sessionId as string);
    this.#pages.set(sessionId as string, page);
    for (const domain of ['Page', 'Runtime', 'Log']) await page.call(`${domain}.enable`);
    await page.call('Emulation.setDeviceMetricsOverride', { ...size, deviceScaleFactor: 1 });
    await page.goto(url);
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null) {
      const ended = new Promise((resolve) => this.#process.once('exit', resolve));
      this.#process.kill('SIGKILL');
      await ended;
    }
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** One page of the browser. */
export class Page {
  readonly console: ConsoleLine[] = [];
  readonly #browser: Chromium;
  readonly #session: string;
  #loaded: (() => void) | null = null;

  constructor(browser: Chromium, session: string) {
    this.#browser = browser;
    this.#session = session;
  }

  call(method: string, params: object = {}): Promise<Record<string, unknown>> {
    return this.#browser.call(method, params, this.#session);
  }

  take(method: string, params: Record<string, unknown>): void {
    if (method === 'Page.loadEventFired') this.#loaded?.();
    if (method === 'Runtime.consoleAPICalled') {
      const args = params['args'] as { value?: unknown; description?: string }[];
      const text = args.map(({ value, description }) => String(value ?? description)).join(' ');
      this.console.push({ level: String(params['type']), text });
    }
    if (method === 'Runtime.exceptionThrown') {
      this.console.push({ level: 'error', text: JSON.stringify(params['exceptionDetails']) });
    }
    if (method === 'Log.entryAdded') {
      const { level, text, url } = params['entry'] as { level: string; text: string; url?: string };
      this.console.push({ level, text: `${text} ${url ?? ''}` });
    }
  }

  async goto(url: string): Promise<void> {
    const loaded = new Promise<void>((resolve) => {
      this.#loaded = resolve;
    });
    await this.call('Page.navigate', { url });
    await loaded;
  }

  /** Runs an expression in the page and answers its value; promises are waited for. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = (await this.call('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
      userGesture: true,
    })) as {
      result: { value: T };
      exceptionDetails?: { exception?: { description?: string }; text: string };
    };
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** Waits until an expression is true in the page. */
  async until(expression: string, timeout = 20_000): Promise<void> {
    await this.evaluate(`new Promise((resolve, reject) => {
      const end = performance.now() + ${timeout};
      const look = () => {
        try { if (${expression}) return resolve(true); } catch (error) { return reject(error); }
        if (performance.now() > end) return reject(new Error(${JSON.stringify(`Never true: ${expression}`)}));
        setTimeout(look, 20);
      };
      look();
    })`);
  }

  /** A PNG of what the page shows. */
  async screenshot(): Promise<Buffer> {
    const { data } = await this.call('Page.captureScreenshot', { format: 'png' });
    return Buffer.from(data as string, 'base64');
  }
}
