/**
 * Numbers as people read them.
 *
 * @module
 */

/** `1.8 MB` for a count of bytes; powers of ten, as file managers and network tools show them. */
export function bytesText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** `4.2 s`, `1:05` or `1:02:03` for a length in seconds. */
export function lengthText(seconds: number): string {
  return seconds < 60 ? `${seconds.toFixed(1)} s` : clockText(seconds);
}

/** `0:07`, `1:05` or `1:02:03` for a length in seconds, rounded up. */
export function clockText(seconds: number): string {
  const total = Math.ceil(seconds);
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor(total / 60) % 60;
  const rest = String(total % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}
