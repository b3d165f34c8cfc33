const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat('en', { maximumFractionDigits: 1, minimumFractionDigits: 1 });
const share = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 0 });
const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

export function formatCount(count: number): string {
  return whole.format(count);
}

/** With a decimal where that still says something. */
export function formatRate(perSecond: number): string {
  return perSecond < 100 ? tenth.format(perSecond) : whole.format(perSecond);
}

export function formatShare(part: number, of: number): string {
  return share.format(of === 0 ? 0 : part / of);
}

/** The time of day here. @param ms since 1970 */
export function formatTime(ms: number): string {
  return time.format(ms);
}

/** How long something has been, in its two largest units. */
export function formatDuration(seconds: number): string {
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [Math.floor(seconds) % 60, 's'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}
