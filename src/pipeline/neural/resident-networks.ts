/**
 * Networks that stay loaded between the jobs of a process: loading them can take longer than making a short video.
 *
 * @module
 */
import { asLoquentError } from '../../core/index.ts';
import type { Network } from '../../core/network.ts';
import type { OpenedNetworks } from './open-networks.ts';

interface Resident {
  /** Says all that they depend on: files, device, roles. */
  readonly key: string;
  /** Of their files. */
  readonly bytes: number;
  readonly opened: OpenedNetworks;
}

/** Those that no job uses, the one that was used last at the end. */
const waiting: Resident[] = [];
/** Bytes of files of all that are loaded, and of those that may wait. */
let loaded = 0;
let most = 0;

/**
 * Lets networks stay loaded after their job.
 *
 * @param bytes - Of the files of those that wait for their next job, at most. Those that were not used for longest go first.
 */
export function keepNetworks(bytes: number): void {
  most = bytes;
}

/** Bytes of the files of which networks are loaded, in a job or waiting for one. */
export function residentBytes(): number {
  return loaded;
}

/**
 * The networks of a key: those that wait, or new ones. Disposing of their host gives them back, to wait again if they are to be kept and
 * none of them failed.
 *
 * @param open - Loads them.
 */
export async function residentNetworks(
  key: string,
  bytes: number,
  open: () => Promise<OpenedNetworks>,
): Promise<OpenedNetworks> {
  const at = waiting.findIndex((one) => one.key === key);
  if (at >= 0) return lend(waiting.splice(at, 1)[0]!);
  const opened = await open();
  loaded += bytes;
  return lend({ key, bytes, opened });
}

function lend(one: Resident): OpenedNetworks {
  const { opened } = one;
  let failed = false;
  let lent = true;
  const watched = (network: Network): Network => ({
    ...network,
    run: (inputs, signal) =>
      network.run(inputs, signal).catch((error: unknown) => {
        if (asLoquentError(error).code !== 'CANCELLED') failed = true;
        throw error;
      }),
  });
  const networks = Object.entries(opened.networks).map(
    ([role, network]) => [role, watched(network)] as const,
  );
  return {
    ...opened,
    networks: Object.fromEntries(networks),
    host: {
      open: (order, signal) => opened.host.open(order, signal),
      async [Symbol.asyncDispose]() {
        if (!lent) return;
        lent = false;
        if (failed) return await free(one);
        waiting.push(one);
        while (waiting.reduce((sum, { bytes }) => sum + bytes, 0) > most) await free(waiting.shift()!);
      },
    },
  };
}

async function free({ bytes, opened }: Resident): Promise<void> {
  loaded -= bytes;
  await opened.host[Symbol.asyncDispose]();
}
