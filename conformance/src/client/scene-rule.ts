import type { LateBy } from '../harness-load.ts';
import { repeatBeforeAccusing } from '../repeat.ts';
import type { SpecReference } from '../spec.ts';
import { Undecided } from '../undecided.ts';
import { inconclusive, info, type Judgement, pass, skip } from '../verdict.ts';
import type { Scripts } from './access/stage.ts';
import type { Capability } from './adapter.ts';
import { type ClientRule, faultOf } from './client-rule.ts';
import { type ClientScript, type ExpectedNotes, type Otherwise, otherwiseNoted } from './client-script.ts';
import type { ClientContext } from './context.ts';
import { comparison, difference, type ExpectedEvent, isIncomplete, listenedTypes } from './expected.ts';
import type { Intervention } from './hosting.ts';
import type { Play, PlayOptions } from './play.ts';
import type { Script } from './script.ts';

/** One stream with what the stage answers and what must come of it; what is left out is not looked at. */
export interface SceneCase extends Scripts {
  /** Tells the case from the others of its rule: the end of a sentence that begins "with". */
  readonly label?: string;
  readonly options?: PlayOptions;
  readonly intervene?: Intervention;
  /** Drives the client in place of its adapter. */
  readonly script?: ClientScript;
  /** What the script must note, by the URL of its scene where that matters. */
  readonly notes?: ExpectedNotes | ((url: string) => ExpectedNotes);
  /** Exactly these events. */
  readonly events?: readonly ExpectedEvent[];
  /** So many requests to the scene's URL must come; with 0 the rule does not mind whether one does. Default 1. */
  readonly requests?: number;
  /** No request beyond those may come while the scene is watched. */
  readonly noMore?: true;
  /** How long the scene is watched once everything came, in ms. Default 300. */
  readonly watchMs?: number;
  /** How long to wait for each request, in ms. Default 5000. */
  readonly requestMs?: number;
  /** What else the rule does, such as closing the stream; and what is wrong meanwhile, as `check` says it. */
  readonly act?: (play: Play, context: ClientContext) => Promise<string | LateComplaint | undefined> | Promise<void>;
  /** What else is wrong, as a sentence; undefined where nothing is. */
  readonly check?: (play: Play, context: ClientContext) => string | LateComplaint | undefined;
}

/** A time that was missed. */
export interface LateComplaint extends LateBy {
  readonly message: string;
}

export interface SceneRule {
  readonly title: string;
  readonly statement: string;
  readonly level?: ClientRule['level'];
  readonly spec: readonly [SpecReference, ...SpecReference[]];
  readonly needs?: readonly Capability[];
  /** A client that declares to do otherwise is not judged. */
  readonly unless?: Capability;
  /** How long it watches the client at least, in ms; a quick run leaves out what takes too long. */
  readonly lastsMs?: number;
  /** The rule is about asking again: a client that does not breaks it. Otherwise it is undecided then. */
  readonly isAboutAskingAgain?: true;
  /** The cases are played one after the other. */
  readonly oneByOne?: true;
  readonly cases: readonly SceneCase[] | ((context: ClientContext) => readonly SceneCase[]);
}

/** What takes longer is for thorough runs alone, in ms. */
const longMs = 60_000;

interface Complaint {
  readonly message: string;
  readonly late?: LateBy;
}

/** Makes a rule of scenes, which are played side by side unless it says otherwise. */
export function sceneRule(id: ClientRule['id'], code: string, rule: SceneRule): ClientRule {
  const { title, statement, level = 'MUST', spec, needs } = rule;
  const judge = (context: ClientContext): Promise<Judgement> => judgeScenes(context, rule, level);
  const { lastsMs } = rule;
  const more = { ...(needs ? { needs } : {}), ...(lastsMs === undefined ? {} : { lastsMs }) };
  return { id, code, level, title, statement, spec, ...more, judge };
}

/** A rule of level MAY: it plays scenes and tells what the client did. */
export function observation(
  id: ClientRule['id'],
  code: string,
  rule: Omit<SceneRule, 'level' | 'isAboutAskingAgain'> & { readonly tell: (plays: readonly Play[]) => string },
): ClientRule {
  const { title, statement, spec, needs, tell } = rule;
  const judge = async (context: ClientContext): Promise<Judgement> => {
    const cases = casesOf(rule, context);
    if (cases.length === 0) return notBack;
    const plays = await Promise.all(cases.map(async (one) => (await playScene(context, one)).play));
    return info(tell(plays));
  };
  return { id, code, level: 'MAY', title, statement, spec, ...(needs ? { needs } : {}), judge };
}

/** Requests of a scene that one script answers after the other. */
export function scene(...scripts: readonly Script[]): Pick<SceneCase, 'scripts'> {
  return { scripts };
}

/** The cases that a client can be held to: where it declares not to come back, those in which it need not. */
function casesOf({ cases }: Pick<SceneRule, 'cases'>, context: ClientContext): readonly SceneCase[] {
  const all = typeof cases === 'function' ? cases(context) : cases;
  return context.capabilities.has('no-reconnect') ? all.filter(({ requests = 1 }) => requests < 2) : all;
}

const notBack = skip('profile', 'the client declares no-reconnect');

async function judgeScenes(context: ClientContext, rule: SceneRule, level: ClientRule['level']): Promise<Judgement> {
  if (rule.unless && context.capabilities.has(rule.unless)) {
    return skip('profile', `the client declares ${rule.unless}`);
  }
  const { lastsMs = 0 } = rule;
  if (lastsMs > longMs && context.effort.name !== 'thorough') {
    return skip('profile', `it takes ${lastsMs / 60_000} minutes, and is left to --thorough`);
  }
  if (lastsMs > context.effort.watchMs) {
    return inconclusive(`it takes ${lastsMs / 1000} s, and this run watches for ${context.effort.watchMs / 1000} s`);
  }
  const cases = casesOf(rule, context);
  if (cases.length === 0) return notBack;
  // A case that cannot be decided keeps no other from accusing.
  const doubts: string[] = [];
  const doubted = (error: unknown): undefined => {
    if (!(error instanceof Undecided)) throw error;
    doubts.push(error.message);
  };
  const begin = (one: SceneCase): Promise<Complaint | undefined> => attempt(context, rule, one, 1).catch(doubted);
  const complaints: (Complaint | undefined)[] = [];
  if (rule.oneByOne) for (const one of cases) complaints.push(await begin(one));
  else complaints.push(...(await Promise.all(cases.map(begin))));
  for (const [at, one] of cases.entries()) {
    if (complaints[at] === undefined) continue;
    const repeated = await repeatBeforeAccusing(
      context,
      (patience) => attempt(context, rule, one, patience),
      (complaint) => complaint && (complaint.late ?? 'wrong'),
    ).catch(doubted);
    if (repeated === undefined) continue;
    const before = one.label === undefined ? '' : `with ${one.label}: `;
    if (repeated.kind === 'missed') return faultOf(level)(`${before}${repeated.again?.message}`);
    if (repeated.kind === 'strained') doubts.push(repeated.message);
    else doubts.push(`${before}${complaints[at].message}, but not when repeated`);
  }
  const [doubt] = doubts;
  if (doubt !== undefined) return inconclusive(doubt);
  return pass(cases.length === 1 ? 'seen to be kept' : `seen to be kept in each of ${cases.length} situations`);
}

async function attempt(
  context: ClientContext,
  rule: SceneRule,
  one: SceneCase,
  patience: number,
): Promise<Complaint | undefined> {
  const { play, asked, wrongMeanwhile } = await playScene(context, one, patience);
  const { requests = 1, events, noMore, check, script } = one;
  const how = comparison(context.capabilities);
  if (script && play.refused !== undefined) return { message: `what was done with it threw ${play.refused}` };
  if (requests > 0 && play.asked.length === 0)
    throw new Undecided(`the client did not ask for the stream: ${play.refused ?? 'no word'}`);
  if (!asked) {
    const message = `${play.asked.length} of ${requests} requests came`;
    if (rule.isAboutAskingAgain) return { message, late: { boundMs: 5000, tookMs: 5001 } };
    throw new Undecided(`${message}: the client did not come back after a connection ended`);
  }
  const wrong = events && difference(events, play.events, how);
  if (wrong !== undefined) {
    const late = isIncomplete(events ?? [], play.events, how) ? { late: { boundMs: 2000, tookMs: 2001 } } : {};
    return { message: wrong, ...late };
  }
  const otherwise = notedOtherwise(one, play);
  if (otherwise) {
    const { message, isOpen } = otherwise;
    return { message, ...(isOpen ? { late: { boundMs: 5000, tookMs: 5001 } } : {}) };
  }
  if (noMore && play.asked.length > requests) {
    return { message: `${play.asked.length} requests came, and ${requests === 1 ? 'one' : requests} would be right` };
  }
  const found = wrongMeanwhile ?? check?.(play, context);
  if (found === undefined) return undefined;
  return typeof found === 'string' ? { message: found } : { message: found.message, late: found };
}

async function playScene(
  context: ClientContext,
  one: SceneCase,
  patience = 1,
): Promise<{ play: Play; asked: boolean; wrongMeanwhile: string | LateComplaint | undefined }> {
  const { events, notes, requests = 1, watchMs = 300, requestMs = 5000, options = {} } = one;
  const trust = one.http2 ? { ca: await context.readyHttp2() } : {};
  const play = context.open(one, { types: listenedTypes(events ?? []), ...trust, ...options }, one);
  try {
    if (requests > 0) await play.untilAsked(1, 5000 * patience);
    const wrongMeanwhile = (await one.act?.(play, context)) ?? undefined;
    let asked = true;
    for (let nth = 1; nth <= requests && asked; nth += 1) asked = await play.untilAsked(nth, requestMs * patience);
    if (events && asked) {
      await play.until(() => play.asked[requests - 1]?.playedAtMs !== undefined, 10_000);
      await play.until(() => !isIncomplete(events, play.events, comparison(context.capabilities)), 2000 * patience);
    }
    if (notes && asked) {
      await play.until(() => play.refused !== undefined || !notedOtherwise(one, play)?.isOpen, 5000 * patience);
    }
    await play.watch(watchMs * patience);
    return { play, asked, wrongMeanwhile };
  } finally {
    play.end();
  }
}

function notedOtherwise({ notes }: SceneCase, play: Play): Otherwise | undefined {
  return notes && otherwiseNoted(typeof notes === 'function' ? notes(play.url) : notes, play.noted);
}
