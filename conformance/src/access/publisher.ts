import { spawn } from 'node:child_process';
import type { PublishAccess, PublishedEvent, RequestTemplate, TriggerAccess } from '../target.ts';
import type { HttpCaller } from './http-call.ts';

/** What became of a publish. `no-answer` is never read as a refusal. */
export type PublishOutcome =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'no-answer'; readonly reason: string };

/** Makes the server emit an event. */
export type Publish = (event: PublishedEvent) => Promise<PublishOutcome>;

const timeoutMs = 10_000;

/**
 * The way to publish that a target describes.
 * @param channel what a publish function is told of where to publish
 */
export function publisher(access: PublishAccess, caller: HttpCaller, channel = 'ssert'): Publish {
  if (typeof access === 'function') {
    return async (event) => {
      try {
        const answer = await access(event, channel);
        if (answer === 'accepted') return { kind: 'accepted' };
        const gave = answer === 'refused' ? 'refused it' : `gave ${String(answer)} in place of 'accepted' or 'refused'`;
        return { kind: 'refused', reason: `the publish function ${gave}` };
      } catch (error) {
        return { kind: 'no-answer', reason: `the publish function threw: ${reasonOf(error)}` };
      }
    };
  }
  if (typeof access === 'object' && 'command' in access) return (event) => runCommand(access.command, event);
  const template: RequestTemplate = typeof access === 'string' ? { url: access } : access;
  return (event) => callTemplate(template, event, caller);
}

/** The way to make the server do something that a target describes. */
export function trigger(access: TriggerAccess, caller: HttpCaller): () => Promise<PublishOutcome> {
  const nothing = { data: '' };
  if (typeof access === 'function') {
    const act = publisher(async () => {
      await access();
      return 'accepted';
    }, caller);
    return () => act(nothing);
  }
  const template = typeof access === 'string' ? { url: access } : access;
  const act = publisher('url' in template ? { body: '', ...template } : template, caller);
  return () => act(nothing);
}

async function callTemplate(
  template: RequestTemplate,
  event: PublishedEvent,
  caller: HttpCaller,
): Promise<PublishOutcome> {
  const { url, ...request } = publishRequest(template, event);
  const unfit = Object.entries(request.headers).find(([, value]) => /[\0\r\n]|^[ \t]|[ \t]$/.test(value));
  // An HTTP header field has no way to carry it, so the server never saw it.
  if (unfit)
    return { kind: 'refused', reason: `the header field ${unfit[0]} cannot carry ${JSON.stringify(unfit[1])}` };
  try {
    const answer = await caller.call(new URL(url), { ...request, timeoutMs });
    if (answer.status >= 200 && answer.status < 300) return { kind: 'accepted' };
    const reason = `status ${answer.status}${answer.body === '' ? '' : `: ${answer.body.slice(0, 200)}`}`;
    // Too slow or too often says nothing about the event.
    const aboutEvent = answer.status >= 400 && answer.status < 500 && answer.status !== 408 && answer.status !== 429;
    return { kind: aboutEvent ? 'refused' : 'no-answer', reason };
  } catch (error) {
    return { kind: 'no-answer', reason: reasonOf(error) };
  }
}

/** What an error says. One that gathers others, as of a host with several addresses, says nothing itself. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error && error.cause.name === 'TimeoutError')
    return `no answer within ${timeoutMs / 1000} s`;
  return error.message || reasonOf(error instanceof AggregateError ? error.errors[0] : error.name);
}

/**
 * Why nothing was published, in one line.
 * @param outcomes of one plain event after the other
 * @returns undefined where one was accepted, and the way to publish has a place for the event's data
 */
export function notPublished(
  access: PublishAccess | undefined,
  outcomes: readonly PublishOutcome[],
): string | undefined {
  const [first] = outcomes;
  if (first === undefined || first.kind === 'accepted' || outcomes.some(({ kind }) => kind === 'accepted')) {
    return isTemplate(access) && !carriesData(access)
      ? 'the first plain event did not come through: publish has no {{data}} in its URL, headers or body'
      : undefined;
  }
  const reason = first.reason.replace(/\s+/g, ' ').trim();
  const told = isTemplate(access) || typeof access === 'string' ? inAnswer(access, reason) : reason;
  return `the first plain event was not published: ${told}`;
}

function inAnswer(access: string | RequestTemplate, reason: string): string {
  const url = typeof access === 'string' ? access : access.url;
  return reason.startsWith('status ') ? `${url} answered ${reason.slice('status '.length)}` : `${url}: ${reason}`;
}

function isTemplate(access: PublishAccess | undefined): access is RequestTemplate {
  return typeof access === 'object' && 'url' in access;
}

/** Without a body of its own a template sends the whole event. */
function carriesData({ url, headers = {}, body }: RequestTemplate): boolean {
  return body === undefined || [url, body, ...Object.values(headers)].some((text) => text.includes('{{data}}'));
}

/** The request that publishes an event. */
export function publishRequest(
  template: RequestTemplate,
  event: PublishedEvent,
): { readonly url: string; readonly method: string; readonly headers: Record<string, string>; readonly body: string } {
  const body =
    template.body === undefined ? eventAsJson(event) : fillTemplate(template.body, event, quotingFor(template.headers));
  // Without a body there is nothing that could be of a type.
  const typed = body === '' ? {} : { 'Content-Type': 'application/json' };
  return {
    url: fillTemplate(template.url, event, percentEncode),
    method: template.method ?? 'POST',
    headers: fillHeaders({ ...typed, ...template.headers }, event),
    body,
  };
}

/** The event as the target contract's JSON. Numbers that JSON cannot carry, such as NaN, go as strings. */
export function eventAsJson(event: PublishedEvent): string {
  const { retry } = event;
  return JSON.stringify(retry === undefined || Number.isFinite(retry) ? event : { ...event, retry: String(retry) });
}

const placeholder = /\{\{(data|event|id|retry)\}\}/g;

/** Header fields for an event; one that stands for a part which the event lacks is left out. */
function fillHeaders(headers: Readonly<Record<string, string>>, event: PublishedEvent): Record<string, string> {
  const lacks = (value: string): boolean =>
    [...value.matchAll(placeholder)].some(([, name]) => event[name as keyof PublishedEvent] === undefined);
  // Node writes header values as Latin-1: one character for each byte of the UTF-8.
  const asBytes = (text: string): string => Buffer.from(text).toString('latin1');
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([, value]) => !lacks(value))
      .map(([name, value]) => [name, fillTemplate(value, event, asBytes)]),
  );
}

/** How a value stands in a body of the template's content type; without one the body is JSON. */
function quotingFor(headers: RequestTemplate['headers'] = {}): (text: string) => string {
  const type =
    Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? 'application/json';
  if (/^application\/x-www-form-urlencoded\b/i.test(type)) return percentEncode;
  return /^[^;]*[/+]json\b/i.test(type) ? jsonEscape : (text) => text;
}

function fillTemplate(template: string, event: PublishedEvent, quote: (text: string) => string): string {
  return template.replace(placeholder, (_, name: keyof PublishedEvent) => quote(String(event[name] ?? '')));
}

/** A lone surrogate has no UTF-8, so U+FFFD goes in its place, as a browser would send it. */
function percentEncode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function jsonEscape(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function runCommand(command: string, event: PublishedEvent): Promise<PublishOutcome> {
  return new Promise((resolve) => {
    const child = spawn(command, { shell: true, stdio: ['pipe', 'ignore', 'pipe'], timeout: timeoutMs });
    let complaint = '';
    child.stderr.on('data', (part: Buffer) => {
      complaint = (complaint + part.toString()).slice(0, 400);
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(eventAsJson(event));
    child.on('error', (error) => resolve({ kind: 'no-answer', reason: String(error) }));
    child.on('close', (code, signal) => {
      const reason = `the publish command ended with exit ${code ?? signal}${complaint && `: ${complaint}`}`;
      if (code === 0) resolve({ kind: 'accepted' });
      else resolve({ kind: code === 1 ? 'refused' : 'no-answer', reason });
    });
  });
}
