import type { ClientCounts, DeliveryCounts, ServerUse } from '@ssert/bench';

/** µs as a person would say them: `940 µs`, `12.4 ms`, `2.03 s`; null and Infinity are what never came. */
export function timeText(us: number | null): string {
  if (us === null || !Number.isFinite(us)) return 'never';
  if (us < 1000) return `${digits(us)} µs`;
  if (us < 999_500) return `${digits(us / 1000)} ms`;
  return `${digits(us / 1e6)} s`;
}

/**
 * A time between two clocks.
 * @param boundUs how far they may be apart: what is not well beyond that says no more than that it is short
 */
export function delayText(us: number | null, { boundUs }: { readonly boundUs: number }): string {
  return us !== null && us < 3 * boundUs ? `< ${timeText(3 * boundUs)}` : timeText(us);
}

/** `9.0 KB`, `1.2 GB`: powers of ten, as memory per stream is a quotient and no page. */
export function sizeText(bytes: number): string {
  for (const [unit, factor] of [
    ['GB', 1e9],
    ['MB', 1e6],
    ['KB', 1e3],
  ] as const) {
    if (Math.abs(bytes) >= factor) return `${digits(bytes / factor)} ${unit}`;
  }
  return `${digits(bytes)} B`;
}

/** Memory of a server per stream; "at most" where it may have kept some of earlier ones. */
export function perStreamText({ rssBytesPerStream, heldMore }: ServerUse): string {
  return `${heldMore ? 'at most ' : ''}${sizeText(rssBytesPerStream)}`;
}

/** Whole numbers in groups of three, others with three digits. */
export function countText(value: number): string {
  const shown = Number.isInteger(value) || Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3));
  return shown.toLocaleString('en', { maximumFractionDigits: 6 });
}

/** `0.1 %`; a share that is there is never shown as none. */
export function shareText(share: number): string {
  const percent = share * 100;
  if (percent === 0) return '0 %';
  if (percent < 0.001) return '< 0.001 %';
  if (percent > 99.999 && percent < 100) return '> 99.999 %';
  return `${Number(percent.toPrecision(percent > 99 ? 5 : 3))} %`;
}

/** What never came, and what came again: `3 lost (0.03 %), 12 lost while clients came back (0.12 %), 2 came again`. */
export function lossText({ expected, lost, lostAcrossReconnect, redelivered }: DeliveryCounts): string {
  const told = (events: number, what: string): string =>
    `${events} ${what}${events === 0 ? '' : ` (${shareText(events / expected)})`}`;
  const parts = [
    told(lost, 'lost'),
    lostAcrossReconnect > 0 && told(lostAcrossReconnect, 'lost while clients came back'),
    redelivered > 0 && `${redelivered} came again`,
  ];
  return parts.filter((part) => part !== false).join(', ');
}

/** Of what was expected, what never came: `0 %`; `0.03 %, 0.12 % while clients came back`. */
export function lossShareText({ expected, lost, lostAcrossReconnect }: DeliveryCounts): string {
  const away = lostAcrossReconnect > 0 ? `, ${shareText(lostAcrossReconnect / expected)} while clients came back` : '';
  return `${shareText(lost / Math.max(1, expected))}${away}`;
}

/** What became of one kind of client of a population: `4: 380 of 380 events, 8 of 8 connects, 4 resumed, 0 lost`. */
export function clientsText(row: ClientCounts): string {
  const { clients, holdBack, connects, opened, expected, received, lost, lostAcrossReconnect } = row;
  const missing = expected - received;
  const parts = [
    `${countText(clients)}: ${countText(received)} of ${countText(expected)} events`,
    holdBack === clients && missing > 0 ? `${countText(missing)} not read` : `${countText(lost)} lost`,
    `${countText(opened)} of ${countText(connects)} connects`,
    row.resumed > 0 && `${countText(row.resumed)} resumed, ${countText(lostAcrossReconnect)} lost by that`,
    row.redelivered > 0 && `${countText(row.redelivered)} came again`,
    row.duplicate > 0 && `${countText(row.duplicate)} came twice`,
    row.cut > 0 && `${countText(row.cut)} cut`,
  ];
  return parts.filter((part) => part !== false).join(', ');
}

function digits(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en');
}
