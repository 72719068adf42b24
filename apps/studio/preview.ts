/**
 * The portrait, alive, while it is being set up: drawn in this page by the renderer that the service makes its videos with,
 * out of the same avatar file.
 *
 * @module
 */
import type { Job } from 'loquent/client';
import { byId } from './elements.ts';
import type { Expression } from './expression.ts';
import type { Picture } from './picture.ts';
import { service } from './service.ts';

/** What this page uses of the renderer for browsers. */
interface Portrait extends Disposable {
  readonly width: number;
  readonly height: number;
  readonly avatar: unknown;
  paint(motion: unknown, canvas: CanvasRenderingContext2D): void;
}
interface Idle {
  next(): unknown;
  control(controls: object): void;
}
interface Renderer {
  openPortrait(file: Uint8Array, options: object): Promise<Portrait>;
  readonly IdleMovement: new (avatar: unknown, options: { fps: number }) => Idle;
}

/** Where every service has the renderer. */
const RENDERER = '/assets/browser/loquent.js';
const FPS = 25;
/** Size of the preview, pixels. */
const SIZE = 512;

/** What is as usual, for controls that were changed and are not any more. */
const USUAL = { emotion: {}, gaze: null, distance: 1, mouth: 1, head: 1, blink: 1, gazeAmount: 1 } as const;

/** A portrait at rest that follows the controls. */
export class Preview {
  #file: Uint8Array | null = null;
  #portrait: Portrait | null = null;
  #idle: Idle | null = null;
  #expression: Expression = {};
  #view = '';
  #opening: Promise<void> = Promise.resolve();
  #last = 0;

  constructor() {
    const tick = (now: number) => {
      requestAnimationFrame(tick);
      if (now - this.#last < 1000 / FPS - 4) return;
      this.#last = now;
      this.#paint();
    };
    requestAnimationFrame(tick);
  }

  /**
   * Shows an avatar.
   *
   * @throws ServiceError, or whatever the renderer cannot do in this browser.
   */
  async open(avatar: Job, picture: Picture): Promise<void> {
    const answer = await service().avatars.download(avatar);
    this.#file = new Uint8Array(await answer.arrayBuffer());
    this.#view = '';
    await this.show(picture);
  }

  /** Follows the card "Picture". */
  show({ crop = 'bust', background = 'keep' }: Picture): Promise<void> {
    const view = JSON.stringify({ crop, background });
    this.#opening = this.#opening
      .catch(() => {})
      .then(async () => {
        if (!this.#file || view === this.#view) return;
        this.#view = view;
        const { openPortrait, IdleMovement } = (await import(RENDERER)) as Renderer;
        // A copy: the renderer may keep or hand on what it is given.
        const portrait = await openPortrait(this.#file.slice(), { size: SIZE, crop, background });
        this.#portrait?.[Symbol.dispose]();
        this.#portrait = portrait;
        this.#idle = new IdleMovement(portrait.avatar, { fps: FPS });
        this.#steer();
        const canvas = byId<HTMLCanvasElement>('preview');
        canvas.width = portrait.width;
        canvas.height = portrait.height;
        byId('stage').classList.toggle('clear', background === 'transparent');
        this.#paint();
        canvas.hidden = false;
      });
    return this.#opening;
  }

  /** Follows the other cards. */
  express(expression: Expression): void {
    this.#expression = expression;
    this.#steer();
  }

  /** Shows nothing. */
  close(): void {
    this.#portrait?.[Symbol.dispose]();
    this.#portrait = null;
    this.#idle = null;
    this.#file = null;
    byId('preview').hidden = true;
    byId('stage').classList.remove('clear');
  }

  #steer(): void {
    const given = Object.entries(this.#expression).filter(([, value]) => value !== undefined);
    this.#idle?.control({ ...USUAL, ...Object.fromEntries(given) });
  }

  #paint(): void {
    const canvas = byId<HTMLCanvasElement>('preview');
    if (!this.#portrait || !this.#idle || document.hidden || canvas.offsetParent === null) return;
    const context = canvas.getContext('2d')!;
    this.#portrait.paint(this.#idle.next(), context);
  }
}
