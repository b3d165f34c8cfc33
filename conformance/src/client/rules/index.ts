import type { ClientRule } from '../client-rule.ts';
import { compression } from './http/compression.ts';
import { framing } from './http/framing.ts';
import { overHttp2 } from './http/http2.ts';
import { notHttp } from './http/not-http.ts';
import { origins } from './http/origins.ts';
import { redirectTargets } from './http/redirect-targets.ts';
import { redirects } from './http/redirects.ts';
import { requests } from './http/request.ts';
import { contentTypes, statuses } from './http/status.ts';
import { urls } from './http/url.ts';
import { closing } from './lifecycle/close.ts';
import { eventObjects } from './lifecycle/event-objects.ts';
import { iteration } from './lifecycle/iteration.ts';
import { theObject } from './lifecycle/object.ts';
import { pages } from './lifecycle/pages.ts';
import { processes } from './lifecycle/process.ts';
import { reports } from './lifecycle/reports.ts';
import { growths } from './limits/growth.ts';
import { hostile } from './limits/hostile.ts';
import { memory } from './limits/memory.ts';
import { sizes } from './limits/size.ts';
import { times } from './limits/time.ts';
import { byteOrderMarks } from './parse/byte-order-mark.ts';
import { comments } from './parse/comments.ts';
import { cuts } from './parse/cuts.ts';
import { dataAndType } from './parse/data-and-type.ts';
import { decoding } from './parse/decoding.ts';
import { endOfBody } from './parse/end-of-body.ts';
import { fieldSyntax } from './parse/field-syntax.ts';
import { generated } from './parse/generated.ts';
import { idAndRetry } from './parse/id-and-retry.ts';
import { lineEndings } from './parse/line-endings.ts';
import { promptness } from './parse/promptness.ts';
import { backoff } from './reconnect/backoff.ts';
import { declared } from './reconnect/declared.ts';
import { endings } from './reconnect/endings.ts';
import { lastEventIds } from './reconnect/last-event-id.ts';
import { waiting } from './reconnect/waiting.ts';

const all: readonly ClientRule[] = [
  ...lineEndings,
  ...byteOrderMarks,
  ...decoding,
  ...comments,
  ...fieldSyntax,
  ...dataAndType,
  ...idAndRetry,
  ...endOfBody,
  ...cuts,
  ...promptness,
  ...generated,
  ...urls,
  ...requests,
  ...statuses,
  ...redirects,
  ...redirectTargets,
  ...origins,
  ...overHttp2,
  ...contentTypes,
  ...framing,
  ...compression,
  ...notHttp,
  ...endings,
  ...lastEventIds,
  ...waiting,
  ...backoff,
  ...declared,
  ...theObject,
  ...eventObjects,
  ...pages,
  ...iteration,
  ...processes,
  ...reports,
  ...closing,
  ...sizes,
  ...growths,
  ...memory,
  ...times,
  ...hostile,
];

const areaOrder = ['CP', 'CH', 'CR', 'CL', 'CS'];
const place = ({ code }: ClientRule): number => areaOrder.indexOf(code.slice(0, 2)) * 1000 + Number(code.slice(3));

/** Every client rule, in the order of the catalogue. */
export const clientRules: readonly ClientRule[] = all.toSorted((a, b) => place(a) - place(b));
