import type { ConnectionTimeline, Evidence, TimelineMark } from '@ssert/conformance';
import { type Markup, markup } from './markup.ts';

const height = 26;
const middle = height / 2;

const ends: Readonly<Record<ConnectionTimeline['end'], string>> = {
  open: 'open until the verdict',
  complete: 'complete',
  fin: 'closed by the server',
  reset: 'reset',
  unreachable: 'unreachable',
  malformed: 'broke HTTP',
  'closed-here': 'closed by ssert',
};

/** The connections of a rule along one axis of time, and the same as text. */
export function timelineMarkup({ connections = [], connectionsLeftOut = 0 }: Evidence): Markup {
  const lastMs = Math.max(
    ...connections.flatMap(({ openedAtMs, headAtMs, closedAtMs, marks }) => [
      openedAtMs,
      headAtMs ?? 0,
      closedAtMs ?? 0,
      marks.at(-1)?.atMs ?? 0,
    ]),
    1,
  );
  const axis = axisOf(lastMs);
  const rows = connections.map(
    (connection) =>
      markup`<div class="track"><code>${connection.label}</code>${track(connection, axis.endMs)}<span>${ends[connection.end]}</span></div>`,
  );
  const half = Math.ceil(rows.length / 2);
  const gap = markup`<p class="note">${connectionsLeftOut} more connections between</p>`;
  return markup`<div class="timeline" role="img" aria-label="${connections.length} connections over ${duration(lastMs)}; the same as text follows">
${connectionsLeftOut > 0 ? [...rows.slice(0, half), gap, ...rows.slice(half)] : rows}
<div class="track axis"><span></span>${axis.picture}<span></span></div>
</div>
<p class="legend note">${[...new Set(connections.flatMap(({ marks }) => marks.map(({ kind }) => kind)))].map((kind) => legend[kind])}</p>
<details class="more"><summary>as text</summary>${connections.map(asText)}</details>`;
}

const sample = (content: Markup): Markup => markup`<svg width="14" height="12" aria-hidden="true">${content}</svg>`;

const legend: Readonly<Record<TimelineMark['kind'], Markup>> = {
  event: markup`<span>${sample(markup`<line class="event" x1="7" x2="7" y1="1" y2="11"/>`)} event</span>`,
  comment: markup`<span>${sample(markup`<line class="comment" x1="7" x2="7" y1="4" y2="10"/>`)} comment</span>`,
  publish: markup`<span>${sample(markup`<path class="publish" d="M3 3h8l-4 6z"/>`)} published</span>`,
  stall: markup`<span>${sample(markup`<rect class="stall" x="1" y="3" width="12" height="6"/>`)} not read</span>`,
  resume: markup``,
};

/** Lengths in percent, so that the picture is as wide as there is room, and its strokes stay as fine as they are. */
function track({ openedAtMs, headAtMs, closedAtMs, end, marks }: ConnectionTimeline, endMs: number): Markup {
  const at = (ms: number): string => `${Math.round((ms / endMs) * 10_000) / 100}%`;
  const closed = closedAtMs ?? endMs;
  return markup`<svg width="100%" height="${height}" aria-hidden="true">
<line class="waiting" x1="${at(openedAtMs)}" x2="${at(headAtMs ?? closed)}" y1="${middle}" y2="${middle}"/>
${headAtMs === undefined ? undefined : markup`<line class="open" x1="${at(headAtMs)}" x2="${at(closed)}" y1="${middle}" y2="${middle}"/>`}
${stalls(marks, closed).map(
  ([from, to]) =>
    markup`<rect class="stall" x="${at(from)}" y="${middle - 3}" width="${at(to - from)}" height="6"><title>not read from ${duration(from)} to ${duration(to)}</title></rect>`,
)}
${marks.map((one) => pictureOf(one, at(one.atMs)))}
<circle class="dial" cx="${at(openedAtMs)}" cy="${middle}" r="2.5"><title>opened at ${duration(openedAtMs)}</title></circle>
${closedAtMs === undefined ? undefined : endPicture(end, at(closedAtMs), `${ends[end]} at ${duration(closedAtMs)}`)}
</svg>`;
}

function pictureOf(mark: TimelineMark, x: string): Markup {
  const title = markup`<title>${said(mark)}</title>`;
  switch (mark.kind) {
    case 'event':
      return markup`<line class="event" x1="${x}" x2="${x}" y1="${middle - 7}" y2="${middle + 7}">${title}</line>`;
    case 'comment':
      return markup`<line class="comment" x1="${x}" x2="${x}" y1="${middle - 3}" y2="${middle + 4}">${title}</line>`;
    case 'publish':
      return markup`<svg x="${x}" y="0" overflow="visible"><path class="publish" d="M-3.5 0h7l-3.5 5z">${title}</path></svg>`;
    case 'stall':
    case 'resume':
      return markup``;
  }
}

function endPicture(end: ConnectionTimeline['end'], x: string, title: string): Markup {
  const cross = end === 'reset' || end === 'unreachable' || end === 'malformed';
  const shape = cross ? 'M-4 -4L4 4M4 -4L-4 4' : 'M0 -6V6';
  const kind = cross ? 'torn' : end === 'closed-here' ? 'here' : 'there';
  return markup`<svg x="${x}" y="${middle}" overflow="visible"><path class="end ${kind}" d="${shape}"><title>${title}</title></path></svg>`;
}

function stalls(marks: readonly TimelineMark[], endMs: number): [from: number, to: number][] {
  const found: [number, number][] = [];
  let since: number | undefined;
  for (const { kind, atMs } of marks) {
    if (kind === 'stall') since ??= atMs;
    if (kind !== 'resume' || since === undefined) continue;
    found.push([since, atMs]);
    since = undefined;
  }
  return since === undefined ? found : [...found, [since, Math.max(since, endMs)]];
}

/** Ticks at round figures, about four of them. */
function axisOf(lastMs: number): { readonly endMs: number; readonly picture: Markup } {
  const raw = lastMs / 4;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((one) => one * power >= raw) ?? 10) * power;
  // A little room behind the last happening, so that its mark is not cut off.
  const endMs = lastMs * 1.02;
  const ticks = Array.from({ length: Math.floor(endMs / step) + 1 }, (_, n) => n * step);
  const last = endMs * 0.93;
  return {
    endMs,
    picture: markup`<svg width="100%" height="18" aria-hidden="true">${ticks.map((ms) => {
      const x = `${Math.round((ms / endMs) * 10_000) / 100}%`;
      const anchor = ms === 0 ? 'start' : ms > last ? 'end' : 'middle';
      return markup`<line class="tick" x1="${x}" x2="${x}" y1="0" y2="4"/><text x="${x}" y="15" text-anchor="${anchor}">${duration(ms)}</text>`;
    })}</svg>`,
  };
}

function asText(connection: ConnectionTimeline): Markup {
  const { label, openedAtMs, headAtMs, closedAtMs, end, marks, marksLeftOut = 0 } = connection;
  const lines = [
    `${duration(openedAtMs)} opened`,
    ...(headAtMs === undefined ? [] : [`${duration(headAtMs)} header block`]),
    ...marks.map(said),
    ...(marksLeftOut > 0 ? [`${marksLeftOut} more in the middle`] : []),
    closedAtMs === undefined ? ends[end] : `${duration(closedAtMs)} ${ends[end]}`,
  ];
  return markup`<p><code>${label}</code> ${lines.join(' · ')}</p>`;
}

function said({ atMs, kind, label, count = 1 }: TimelineMark): string {
  const words = {
    event: 'event',
    comment: 'comment',
    publish: 'published',
    stall: 'reading stopped',
    resume: 'read on',
  };
  return `${duration(atMs)} ${words[kind]}${label === undefined ? '' : ` "${label}"`}${count > 1 ? ` × ${count}` : ''}`;
}

function duration(ms: number): string {
  if (ms >= 1000) return `${Number((ms / 1000).toPrecision(3))} s`;
  return `${Number(ms.toPrecision(3))} ms`;
}
