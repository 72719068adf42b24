/** What is said: a text and a voice, or a recording. @module */
import type { VideoOrder } from 'loquent/client';
import { arrowKeys, byId, dropZone, element } from './elements.ts';
import { service } from './service.ts';

/** A text or a recording, as the service takes it. */
export type Speech = Pick<VideoOrder, 'text' | 'voice' | 'audio'>;

type Kind = 'text' | 'audio';

/** The card with the two tabs. */
export class SpeechControls {
  #kind: Kind = 'text';
  #recording: File | null = null;

  constructor() {
    for (const kind of ['text', 'audio'] as const) byId(`tab-${kind}`).onclick = () => this.#show(kind);
    arrowKeys(byId('tab-text').parentElement!, 'tab');
    const input = byId<HTMLInputElement>('audio');
    input.onchange = () => {
      if (input.files?.[0]) this.#take(input.files[0]);
    };
    dropZone(byId('speech'), /^audio\//, (file) => this.#take(file));
  }

  /** Offers the voices that the service has; any other can be typed. */
  async load(): Promise<void> {
    const voices = await service().voices();
    const options = voices.map(({ id, name, language }) =>
      element('option', { value: id, label: [name, language].filter(Boolean).join(', ') }),
    );
    byId('voices').replaceChildren(...options);
  }

  /** What was said; `null` while nothing is. */
  get value(): Speech | null {
    const text = byId<HTMLTextAreaElement>('text').value.trim();
    const voice = byId<HTMLInputElement>('voice').value.trim();
    if (this.#kind === 'audio') return this.#recording && { audio: this.#recording };
    return text === '' ? null : { text, voice: voice === '' ? undefined : voice };
  }

  /** What to call a video of it. */
  get title(): string {
    if (this.#kind === 'audio') return this.#recording?.name ?? '';
    return byId<HTMLTextAreaElement>('text').value.trim();
  }

  /** Asks for what is missing. */
  askFor(): void {
    if (this.#kind === 'text') byId('text').focus();
    else byId('audio').focus();
    byId('speech-hint').textContent =
      this.#kind === 'text' ? 'Type what the portrait says.' : 'Choose a recording.';
  }

  #take(file: File): void {
    this.#recording = file;
    this.#show('audio');
    byId('audio-name').textContent = file.name;
    byId('speech-hint').textContent = '';
    const player = byId<HTMLAudioElement>('audio-player');
    URL.revokeObjectURL(player.src);
    player.src = URL.createObjectURL(file);
    player.hidden = false;
  }

  #show(kind: Kind): void {
    this.#kind = kind;
    for (const one of ['text', 'audio'] as const) {
      byId(`panel-${one}`).hidden = one !== kind;
      byId(`tab-${one}`).setAttribute('aria-selected', String(one === kind));
      byId(`tab-${one}`).tabIndex = one === kind ? 0 : -1;
    }
  }
}
