import type { LookupAddress, LookupOptions } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { LoquentError } from '../../core/index.ts';
import { isPublicAddress } from './address-guard.ts';

/** What {@link GuardedRequests.open} sends. */
export interface Outgoing {
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
}

/** Finds the addresses of a host name. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

/** Redirects that are followed. */
const MOST_REDIRECTS = 3;
/** Longest silence of the other side, milliseconds. */
const SILENCE = 10_000;

/**
 * Requests to addresses that strangers name. Only `https`, port 443 and addresses of the public internet are reached,
 * unless whoever runs the service has listed a host. A name is resolved once, every address of it is checked, and the
 * connection goes to the address that was checked: a name server that answers differently the second time gains nothing.
 * Every redirect is checked like a new request.
 */
export class GuardedRequests {
  readonly #trusted: ReadonlySet<string>;
  readonly #resolve: Resolve;

  /**
   * @param trusted - Hosts (`media.internal`, `127.0.0.1:9000`) that may be reached in any network, by `http` too.
   * @param resolve - Default: the system's resolver.
   */
  constructor(trusted: readonly string[], resolve: Resolve = (host) => lookup(host, { all: true })) {
    this.#trusted = new Set(trusted.map((host) => host.toLowerCase()));
    this.#resolve = resolve;
  }

  /**
   * Checks an address without connecting to it.
   *
   * @throws LoquentError `URL_REFUSED`.
   */
  async check(address: string): Promise<void> {
    await this.#target(address);
  }

  /**
   * Reads a file.
   *
   * @returns Its bytes, as they come; the caller limits how many it takes.
   * @throws LoquentError `URL_REFUSED`, `URL_FAILED`.
   */
  async download(address: string, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    let from = address;
    for (let hop = 0; hop <= MOST_REDIRECTS; hop++) {
      const answer = await this.open(from, { method: 'GET', signal });
      const { statusCode = 0, headers } = answer;
      if (statusCode === 200) return answer as AsyncIterable<Uint8Array>;
      answer.destroy();
      const next = statusCode >= 300 && statusCode < 400 ? headers.location : undefined;
      if (next === undefined) throw failed(address, `it answered with status ${statusCode}`);
      from = new URL(next, from).href;
    }
    throw failed(address, 'it leads from one place to the next without an end');
  }

  /**
   * Sends one request and follows nothing. The caller must read or destroy the answer.
   *
   * @throws LoquentError `URL_REFUSED`, `URL_FAILED`.
   */
  async open(address: string, outgoing: Outgoing): Promise<IncomingMessage> {
    const { url, found } = await this.#target(address);
    const pinned: LookupFunction = (_host: string, options: LookupOptions, answer) => {
      if (options.all) answer(null, [found]);
      else answer(null, found.address, found.family);
    };
    const send = url.protocol === 'https:' ? requestHttps : requestHttp;
    return new Promise((resolve, reject) => {
      const { method, headers, body, signal } = outgoing;
      const request = send(url, {
        method,
        headers: { ...headers },
        lookup: pinned,
        agent: false,
        signal,
        timeout: SILENCE,
      });
      request.on('timeout', () => request.destroy(new Error('it did not answer in time')));
      request.on('error', (error) => reject(failed(address, error.message, error)));
      request.on('response', resolve);
      request.end(body);
    });
  }

  /** What an address means, once and for all. */
  async #target(address: string): Promise<{ url: URL; found: LookupAddress }> {
    const url = URL.parse(address);
    if (!url) throw refused(address, 'it is no address');
    if (url.username !== '' || url.password !== '') throw refused(address, 'it holds a user name');
    const trusted = this.#trusted.has(url.host) || this.#trusted.has(url.hostname);
    if (url.protocol !== 'https:' && !(trusted && url.protocol === 'http:')) {
      throw refused(address, 'it does not begin with https://');
    }
    if (url.port !== '' && !trusted) throw refused(address, 'it names a port');
    // The parser has brought every way to write an IPv4 address (decimal, octal, short) into the usual form.
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    const family = isIP(host);
    const addresses = family === 0 ? await this.#addressesOf(address, host) : [{ address: host, family }];
    if (!trusted && !addresses.every((found) => isPublicAddress(found.address))) {
      throw refused(address, 'it leads into a private network');
    }
    return { url, found: addresses[0]! };
  }

  async #addressesOf(address: string, host: string): Promise<readonly LookupAddress[]> {
    const addresses = await this.#resolve(host).catch((error: unknown) => {
      throw failed(address, 'its host is not known', error);
    });
    if (addresses.length === 0) throw failed(address, 'its host is not known');
    return addresses;
  }
}

/** What of an address may be repeated: queries hold secrets. */
function shown(address: string): string {
  const url = URL.parse(address);
  return url ? `${url.protocol}//${url.host}${url.pathname}`.slice(0, 200) : address.slice(0, 80);
}

function refused(address: string, reason: string): LoquentError {
  return new LoquentError('URL_REFUSED', `"${shown(address)}" is not fetched: ${reason}.`);
}

function failed(address: string, reason: string, cause?: unknown): LoquentError {
  return new LoquentError('URL_FAILED', `"${shown(address)}" could not be reached: ${reason}.`, { cause });
}
