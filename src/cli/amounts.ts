const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** `1,204,332`. */
export function records(count: number): string {
  return grouped.format(count);
}

/** `101,204`, and `0.4` where whole numbers would say nothing. */
export function rate(perSecond: number): string {
  return perSecond > 0 && perSecond < 10 ? perSecond.toFixed(1) : grouped.format(perSecond);
}

/** `12.4 MiB`. */
export function size(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let amount = bytes;
  let unit = 0;
  // 1,023.97 KiB would be rounded to 1024.0 KiB.
  while (amount >= 1023.95 && unit < units.length - 1) {
    amount /= 1024;
    unit++;
  }
  return `${unit === 0 ? Math.round(amount) : amount.toFixed(1)} ${units[unit]}`;
}

/** `850 ms`, `12.4 s`, `3 min 05 s`, `2 h 03 min`. */
export function span(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** The time of one record: `42 ns`, `1.3 µs`, `2.0 ms`; `-` where nobody has measured it. */
export function each(ns: number): string {
  if (!Number.isFinite(ns)) return '-';
  if (ns < 999.5) return `${ns < 9.95 ? ns.toFixed(1) : Math.round(ns)} ns`;
  return ns < 999_500 ? `${(ns / 1000).toFixed(1)} µs` : `${(ns / 1e6).toFixed(1)} ms`;
}

const two = (value: number): string => String(value).padStart(2, '0');
