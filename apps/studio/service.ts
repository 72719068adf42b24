/** The service that this page comes from. @module */
import { createClient, type LoquentClient } from 'loquent/client';

const KEY = 'loquent-key';

let client = open();

function open(): LoquentClient {
  const key = sessionStorage.getItem(KEY);
  return createClient({ url: location.origin, key: key ?? undefined });
}

/** The client of the service, with the key that was given last. */
export function service(): LoquentClient {
  return client;
}

/** Uses an API key until this tab is closed. */
export function useKey(key: string): void {
  sessionStorage.setItem(KEY, key);
  client = open();
}
