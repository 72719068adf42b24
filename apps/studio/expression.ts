/** How the person looks and moves: sliders, emotions, gaze. @module */
import type { VideoOrder } from 'loquent/client';
import { arrowKeys, byId, element } from './elements.ts';

/** What the controls of this page say, in the words of the service; what is as usual is left out. */
export type Expression = Pick<
  VideoOrder,
  'emotion' | 'gaze' | 'distance' | 'mouth' | 'head' | 'blink' | 'gazeAmount' | 'manner'
>;

type Amount = 'distance' | 'mouth' | 'head' | 'blink' | 'gazeAmount';

interface Slider {
  readonly name: Amount | 'strength';
  readonly label: string;
  readonly range: readonly [min: number, max: number, step: number];
  readonly usual: number;
}

const EXPRESSION: readonly Slider[] = [
  { name: 'strength', label: 'Strength', range: [0, 1, 0.05], usual: 0.6 },
];
const MOVEMENT: readonly Slider[] = [
  { name: 'mouth', label: 'Mouth', range: [0, 2, 0.05], usual: 1 },
  { name: 'head', label: 'Head', range: [0, 2, 0.05], usual: 1 },
  { name: 'blink', label: 'Blinking', range: [0, 2, 0.05], usual: 1 },
  { name: 'gazeAmount', label: 'Eyes', range: [0, 2, 0.05], usual: 1 },
  { name: 'distance', label: 'Distance', range: [0.8, 1.25, 0.01], usual: 1 },
];
type Emotion = keyof NonNullable<Expression['emotion']>;

/** The emotions and what their buttons say. */
const EMOTIONS: Readonly<Record<Emotion, string>> = {
  neutral: 'Neutral',
  happy: 'Happy',
  sad: 'Sad',
  angry: 'Angry',
  surprised: 'Surprised',
  disgusted: 'Disgusted',
  fearful: 'Fearful',
  contempt: 'Contempt',
};
const EMOTION_NAMES = Object.keys(EMOTIONS) as readonly Emotion[];

/** Farthest gaze, degrees, and one press of an arrow key. */
const REACH = { theta: 40, phi: 25 } as const;
const STEP = { theta: 4, phi: 3 } as const;

/** The controls of the page. */
export class ExpressionControls {
  #emotion: Emotion = 'neutral';
  #gaze: { theta: number; phi: number } | null = null;
  readonly #onChange: () => void;

  /** @param onChange - Is called after every change. */
  constructor(onChange: () => void) {
    this.#onChange = onChange;
    this.#buildSliders(byId('expression'), EXPRESSION);
    this.#buildSliders(byId('movement'), MOVEMENT);
    this.#buildEmotions();
    this.#buildGaze();
    this.reset();
  }

  /** What was chosen. */
  get value(): Expression {
    const strength = this.#slider('strength').valueAsNumber;
    const amounts = MOVEMENT.map(({ name, usual }) => {
      const value = this.#slider(name).valueAsNumber;
      return [name, value === usual ? undefined : value];
    });
    return {
      ...(Object.fromEntries(amounts) as Expression),
      emotion: this.#emotion === 'neutral' || strength === 0 ? undefined : { [this.#emotion]: strength },
      gaze: this.#gaze ?? undefined,
    };
  }

  /** Everything as usual. */
  reset(): void {
    for (const { name, usual } of [...EXPRESSION, ...MOVEMENT]) {
      this.#slider(name).value = String(usual);
      this.#show(name);
    }
    this.#feel('neutral');
    this.#look(null);
  }

  #slider(name: Slider['name']): HTMLInputElement {
    return byId<HTMLInputElement>(`c-${name}`);
  }

  #show(name: Slider['name']): void {
    byId(`o-${name}`).textContent = this.#slider(name).valueAsNumber.toFixed(2);
  }

  #buildSliders(holder: HTMLElement, sliders: readonly Slider[]): void {
    for (const { name, label, range, usual } of sliders) {
      const [min, max, step] = range.map(String) as [string, string, string];
      const input = element('input', {
        type: 'range',
        id: `c-${name}`,
        min,
        max,
        step,
        value: String(usual),
      });
      input.oninput = () => {
        this.#show(name);
        this.#onChange();
      };
      holder.append(
        element('label', { htmlFor: input.id }, label),
        input,
        element('output', { id: `o-${name}`, attributes: { for: input.id } }),
      );
    }
  }

  #buildEmotions(): void {
    const holder = byId('emotions');
    for (const name of EMOTION_NAMES) {
      const chip = element('button', { type: 'button', id: `e-${name}` }, EMOTIONS[name]);
      chip.setAttribute('role', 'radio');
      chip.onclick = () => {
        this.#feel(name);
        this.#onChange();
      };
      holder.append(chip);
    }
    arrowKeys(holder, 'radio');
  }

  #feel(emotion: Emotion): void {
    this.#emotion = emotion;
    for (const name of EMOTION_NAMES) {
      const chip = byId(`e-${name}`);
      chip.setAttribute('aria-checked', String(name === emotion));
      chip.tabIndex = name === emotion ? 0 : -1;
    }
    this.#slider('strength').disabled = emotion === 'neutral';
  }

  #buildGaze(): void {
    const pad = byId('gaze');
    const look = (theta: number, phi: number) => {
      this.#look({ theta: bounded(theta, REACH.theta), phi: bounded(phi, REACH.phi) });
      this.#onChange();
    };
    const free = () => {
      this.#look(null);
      this.#onChange();
    };
    const follow = ({ clientX, clientY }: PointerEvent) => {
      const { left, top, width, height } = pad.getBoundingClientRect();
      look(
        ((clientX - left) / width - 0.5) * 2 * REACH.theta,
        ((clientY - top) / height - 0.5) * 2 * REACH.phi,
      );
    };
    pad.onpointerdown = (event) => {
      pad.setPointerCapture(event.pointerId);
      follow(event);
    };
    pad.onpointermove = (event) => {
      if (pad.hasPointerCapture(event.pointerId)) follow(event);
    };
    pad.onkeydown = (event) => {
      const steps = {
        ArrowLeft: [-STEP.theta, 0],
        ArrowRight: [STEP.theta, 0],
        ArrowUp: [0, -STEP.phi],
        ArrowDown: [0, STEP.phi],
      } as const;
      if (event.key === 'Escape') free();
      const step = steps[event.key as keyof typeof steps];
      if (!step) return;
      event.preventDefault();
      const { theta, phi } = this.#gaze ?? { theta: 0, phi: 0 };
      look(theta + step[0], phi + step[1]);
    };
    byId('gaze-free').onclick = free;
  }

  #look(gaze: { theta: number; phi: number } | null): void {
    this.#gaze = gaze;
    const { theta, phi } = gaze ?? { theta: 0, phi: 0 };
    const dot = byId('gaze').firstElementChild as HTMLElement;
    dot.style.left = `${50 + (theta / REACH.theta) * 50}%`;
    dot.style.top = `${50 + (phi / REACH.phi) * 50}%`;
    const across = `${Math.abs(theta)}° ${theta < 0 ? 'left' : 'right'}`;
    const down = `${Math.abs(phi)}° ${phi < 0 ? 'up' : 'down'}`;
    byId('gaze-text').textContent = gaze ? `${across}, ${down}` : 'It looks where it likes.';
    byId<HTMLButtonElement>('gaze-free').disabled = gaze === null;
  }
}

function bounded(value: number, reach: number): number {
  return Math.max(-reach, Math.min(reach, Math.round(value)));
}
