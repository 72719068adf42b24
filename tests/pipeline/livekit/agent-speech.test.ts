import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AgentSpeech } from '../../../src/pipeline/livekit/agent-speech.ts';
import { hum } from './agent-and-room.ts';

describe('the speech of an agent', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('ends by itself after ten seconds in which nothing has come, and not sooner', async () => {
    let more: ReadableStreamDefaultController<Uint8Array> | undefined;
    let cancelled = false;
    const chunks = new ReadableStream<Uint8Array>({
      start: (controller) => {
        more = controller;
      },
    });
    const speech = new AgentSpeech('a', {
      ...{ sender: 'agent', attributes: { sample_rate: '16000', num_channels: '1' }, chunks },
      cancel: () => {
        cancelled = true;
      },
    });
    let samples = 0;
    let over = false;
    const reading = (async () => {
      for await (const piece of speech.samples()) samples += piece.length;
      over = true;
    })();
    more!.enqueue(hum(0.1, 16_000));
    await vi.advanceTimersByTimeAsync(9_500);
    more!.enqueue(hum(0.1, 16_000));
    await vi.advanceTimersByTimeAsync(9_500);
    expect({ samples, over, cancelled }).toEqual({ samples: 3_200, over: false, cancelled: false });
    await vi.advanceTimersByTimeAsync(1_000);
    await reading;
    expect({ over, cancelled }).toEqual({ over: true, cancelled: true });
  });

  test('ends where its stream breaks', async () => {
    const chunks = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(hum(0.1, 24_000));
      },
      pull: () => Promise.reject(new Error('The room has ended.')),
    });
    const attributes = { sample_rate: '24000', num_channels: '1' };
    const speech = new AgentSpeech('a', { sender: 'agent', attributes, chunks, cancel: () => undefined });
    const pieces: number[] = [];
    for await (const { length } of speech.samples()) pieces.push(length);
    expect(pieces.length).toBeLessThanOrEqual(1);
  });
});
