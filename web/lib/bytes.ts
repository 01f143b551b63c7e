/** Sizes in the units that file managers show (1 MB = 1,000,000 bytes). Display only. */

const UNITS = ["B", "KB", "MB", "GB", "TB"];

export function bytesText(bytes: number): string {
  let amount = bytes;
  let unit = 0;
  while (amount >= 1000 && unit < UNITS.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  return `${unit === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${UNITS[unit]}`;
}

/** Whole percent, 0 to 100; never 100 before the last byte. */
export function percentOf(part: number, whole: number): number {
  return whole === 0 ? 100 : Math.min(100, Math.floor((part / whole) * 100));
}
