import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';

/**
 * Where this host keeps what a service must not lose: `LOQUENT_DATA`, else the `loquent` folder in
 * `~/Library/Application Support` (macOS), `%LOCALAPPDATA%` (Windows), `XDG_DATA_HOME` or `~/.local/share` (elsewhere).
 */
export function dataDirectory(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  system: string = process.platform,
  home: string = homedir(),
): string {
  const { LOQUENT_DATA, LOCALAPPDATA, XDG_DATA_HOME } = environment;
  if (LOQUENT_DATA) return resolve(LOQUENT_DATA);
  if (system === 'darwin') return join(home, 'Library', 'Application Support', 'loquent');
  if (system === 'win32') return join(LOCALAPPDATA || join(home, 'AppData', 'Local'), 'loquent', 'data');
  // The XDG base directory specification: relative paths are to be ignored.
  return join(XDG_DATA_HOME?.startsWith('/') ? XDG_DATA_HOME : join(home, '.local', 'share'), 'loquent');
}
