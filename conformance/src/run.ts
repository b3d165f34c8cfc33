import { crc32 } from 'node:zlib';
import { type Clock, seededRandom, sleep } from '@ssert/protocol';
import { addressOf } from './access/address.ts';
import { HttpCaller } from './access/http-call.ts';
import { openLoadGauge } from './access/load-gauge.ts';
import { openStreams } from './access/open-streams.ts';
import { publisher, trigger } from './access/publisher.ts';
import { accepts, freePort, type ServerProcess, StartError, startServer } from './access/server-process.ts';
import { hasSocketTable, socketsHeld } from './access/socket-table.ts';
import { tellingLines } from './access/telling-lines.ts';
import { trustIn } from './access/trust.ts';
import { learnCarriage, meet } from './acquaintance.ts';
import { type BreakOff, type Conductor, conducted, endEarly } from './conducting.ts';
import { type Acquaintance, type FreshServer, type Place, RuleContext, type RunAccess } from './context.ts';
import type { Effort } from './effort.ts';
import { HarnessLoad, type LoadGauge } from './harness-load.ts';
import type { Command } from './model/command.ts';
import type { PlannedClient } from './model/population.ts';
import { recordingOf } from './model/recording.ts';
import { Observations } from './observations.ts';
import { redact, redactResult, secretsOf } from './redact.ts';
import { aboutRule, type RuleResult, type RunEvent, summarise } from './result.ts';
import { type Phase, phases, type Rule } from './rule.ts';
import { Silence } from './silence.ts';
import { isLoopback, resolveTarget, type Target, type TargetDefinition, wantsPort } from './target.ts';
import { checkForm } from './target-schema.ts';
import { TargetLost, TargetUnreachable, Undecided } from './undecided.ts';
import { type Evidence, inconclusive, type Judgement, skip } from './verdict.ts';

export interface RunOptions {
  readonly rules: readonly Rule[];
  readonly clock: Clock;
  readonly seed: number;
  readonly effort: Effort;
  /** Rules of the `connections` phase at work at once. Default 4. */
  readonly jobs?: number;
  /** Lets rules that could hurt a server run against addresses beyond loopback. Default false. */
  readonly disruptive?: boolean;
  /** Connections that one rule may hold open. Default 2,500. */
  readonly maxConnections?: number;
  /** The commands of a replay file, for the rule on histories that is run alone. */
  readonly replay?: readonly Command[] | undefined;
  /** Clients, as `ssert simulate population` prints them, that the rule on any history plays as well. */
  readonly population?: readonly PlannedClient[] | undefined;
  /** Longest time of the whole run, in ms. Default none. */
  readonly timeoutMs?: number;
  /** Aborting ends the run early: what is known is kept, the rest is not judged. */
  readonly signal?: AbortSignal;
  /** Reads how busy the harness is; the run closes it. Default this process and its machine. */
  readonly gauge?: LoadGauge;
  /** How the run was started, for the command that repeats one rule. Default `ssert check URL`. */
  readonly command?: string;
}

/**
 * Judges a server by the given rules. Sockets and processes opened on the way are released before the last event,
 * also where the caller stops iterating.
 * @throws SettingError where the target's description cannot be used
 */
export function run(definition: TargetDefinition, options: RunOptions): AsyncGenerator<RunEvent, void> {
  return conducted((emit) => new ServerConductor(definition, options, emit));
}

/** One run: what it knows of the target, and the order in which rules get their turn. */
class ServerConductor implements Conductor {
  readonly #definition: TargetDefinition;
  readonly #options: RunOptions;
  readonly #emit: (event: RunEvent) => void;
  readonly #clock: Clock;
  readonly #abort = new AbortController();
  readonly #caller: HttpCaller;
  readonly #load: HarnessLoad;
  readonly #trust: RunAccess['trust'];
  readonly #secrets: readonly string[];
  readonly #results: RuleResult[] = [];
  #access: RunAccess;
  #process: ServerProcess | undefined;
  #brokenOff: BreakOff | undefined;
  #restarts = 0;
  /** The run's own server was stopped to make room for one of a rule's own. */
  #madeRoom = false;
  /** Rules at work now, in the order in which they began. */
  readonly #atWork = new Set<Rule>();
  #reviving: Promise<void> | undefined;
  readonly #silence = new Silence<Rule>();
  readonly #shared = new Map<string, Promise<unknown>>();
  /** Of the situations that rules share. */
  readonly #sharedContexts: RuleContext[] = [];

  constructor(definition: TargetDefinition, options: RunOptions, emit: (event: RunEvent) => void) {
    this.#definition = definition;
    this.#options = options;
    this.#emit = emit;
    this.#clock = options.clock;
    checkForm(definition);
    this.#secrets = secretsOf(definition);
    this.#trust = definition.ca === undefined ? undefined : trustIn(definition.ca);
    // An idle connection of our own would count as a stream where sockets are counted.
    this.#caller = new HttpCaller({ keepAlive: definition.stats !== undefined, trust: this.#trust });
    // Checked here already, so that a wrong description throws before anything starts.
    const target = resolveTarget(definition, wantsPort(definition) ? 0 : undefined);
    this.#load = new HarnessLoad(options.gauge ?? openLoadGauge(), this.#clock);
    this.#access = this.#accessTo(target);
  }

  /** Ends the run early; the first reason counts. */
  abort(why: BreakOff['why'], message: string): void {
    this.#brokenOff ??= { kind: 'broken-off', why, message };
    this.#abort.abort();
    this.#silence.end();
    this.#caller.close();
  }

  async conduct(): Promise<void> {
    const { rules, seed } = this.#options;
    const startedAtMs = this.#clock.now();
    const stayToTheEnd = endEarly(this, this.#clock, this.#options);
    try {
      this.#emit({ kind: 'started', rules: rules.length, seed, target: this.#summary() });
      await this.#meet();
      await this.#judgeAll();
    } catch (error) {
      if (error instanceof TargetUnreachable || error instanceof StartError) {
        this.#brokenOff ??= { kind: 'broken-off', why: 'target-unreachable', message: error.message };
      } else throw error;
    } finally {
      stayToTheEnd();
      await Promise.all(this.#sharedContexts.map((context) => context.release()));
      this.#caller.close();
      await this.#process?.stop();
      this.#load.close();
    }
    if (this.#brokenOff) {
      this.#emit({ ...this.#brokenOff, message: redact(this.#brokenOff.message, this.#secrets) });
    }
    const durationMs = this.#clock.now() - startedAtMs;
    const harness = this.#load.figures();
    this.#emit({ kind: 'finished', durationMs, summary: summarise(this.#results), harness });
  }

  #summary(): Extract<RunEvent, { kind: 'started' }>['target'] {
    const { target, startFresh, pid } = this.#access;
    const access = ['stream', ...(['publish', 'stats'] as const).filter((one) => target[one] !== undefined)];
    if (startFresh || pid !== undefined) access.push('process');
    return {
      name: redact(this.#definition.name ?? this.#url(), this.#secrets),
      url: redact(this.#url(), this.#secrets),
      access,
      profiles: [...target.profiles],
      bounds: target.bounds,
    };
  }

  #url(): string {
    const { stream } = this.#definition;
    return typeof stream === 'string' ? stream : stream.url;
  }

  #accessTo(target: Target): RunAccess {
    const { clock, seed, effort, replay, population, maxConnections } = this.#options;
    return {
      target,
      effort,
      seed,
      clock,
      load: this.#load,
      observations: new Observations(),
      trust: this.#trust,
      acquaintance: undefined,
      carriage: undefined,
      carriageProblem: undefined,
      publish: target.publish === undefined ? undefined : publisher(target.publish, this.#caller, target.channel),
      publishToOther: target.other && publisher(target.other.publish, this.#caller),
      revoke: target.revoke === undefined ? undefined : trigger(target.revoke, this.#caller),
      endStreams: target.endStream === undefined ? undefined : trigger(target.endStream, this.#caller),
      openStreams: target.stats === undefined ? undefined : openStreams(target.stats, this.#caller),
      socketsHeld:
        target.onLoopback && hasSocketTable ? () => socketsHeld(addressOf(target.stream.url).port) : undefined,
      startFresh: target.process && 'start' in target.process ? (port) => this.#startFresh(port) : undefined,
      startsAlongside: this.#runsAlongside(),
      pid: target.process && 'pid' in target.process ? target.process.pid : undefined,
      replay,
      population,
      maxConnections: maxConnections ?? 2500,
      restarts: this.#restarts,
      channel: target.hasChannels ? (name) => this.#channel(name) : undefined,
      publishingBegins: this.#silence.over,
      shared: (name, begin) => this.#share(name, begin),
    };
  }

  /** @param drawsFor what random numbers depend on besides the seed, so that a rule run alone draws the same again */
  #context(
    signal: AbortSignal,
    drawsFor: string,
    onProgress: (message: string) => void = () => undefined,
    onSilenceDone: () => void = () => undefined,
  ): RuleContext {
    const random = seededRandom(this.#options.seed + crc32(drawsFor));
    return new RuleContext(() => this.#access, random, signal, { onProgress, onSilenceDone });
  }

  #channel(name: string): Place {
    const target = resolveTarget(this.#definition, this.#process?.port, name);
    const unpublishable = async () => Promise.reject(new Undecided('the target gives no way to publish'));
    const publish = target.publish === undefined ? unpublishable : publisher(target.publish, this.#caller, name);
    return { target, publish };
  }

  #share<T>(name: string, begin: (context: RuleContext) => Promise<T>): Promise<T> {
    const begun = this.#shared.get(name);
    if (begun) return begun as Promise<T>;
    const context = this.#context(this.#abort.signal, name);
    this.#sharedContexts.push(context);
    const sharing = begin(context);
    this.#shared.set(name, sharing);
    return sharing;
  }

  /**
   * Starts the server where that is ours to do.
   * @param chosen the port for it, where the target leaves that to us
   * @throws StartError
   */
  async #start(chosen?: number): Promise<ServerProcess | undefined> {
    const { process } = this.#definition;
    if (!process || !('start' in process)) return undefined;
    const fixed = resolveTarget(this.#definition, 0).stream.url;
    const port = wantsPort(this.#definition) ? (chosen ?? (await freePort())) : addressOf(fixed).port;
    const { clock } = this.#options;
    return startServer(process.start, {
      port,
      cwd: process.cwd,
      host: fixed.hostname,
      clock,
      timeoutMs: 60_000,
      signal: this.#abort.signal,
    });
  }

  async #startFresh(port?: number): Promise<FreshServer> {
    if (!this.#runsAlongside()) {
      // Two of them could be at odds over more than the port: a file, a database.
      this.#madeRoom = true;
      await this.#process?.stop();
    }
    const server = await this.#start(port);
    if (!server) throw new Undecided('the target has no command that starts it');
    const target = resolveTarget(this.#definition, server.port);
    return {
      ...server,
      target,
      publish:
        target.publish === undefined
          ? () => Promise.reject(new Undecided('the target gives no way to publish'))
          : publisher(target.publish, this.#caller),
      openStreams: target.stats === undefined ? undefined : openStreams(target.stats, this.#caller),
      endStreams: target.endStream === undefined ? undefined : trigger(target.endStream, this.#caller),
    };
  }

  async #meet(): Promise<void> {
    this.#process = await this.#start();
    const target = resolveTarget(this.#definition, this.#process?.port);
    this.#access = { ...this.#accessTo(target), observations: this.#access.observations };
    const { publish } = this.#access;
    const nudge = publish && (() => publish({ data: 'ssert-nudge' }));
    const acquaintance = await this.#asking((context) => meet(context, nudge));
    const { stream } = acquaintance;
    const onLoopback = target.onLoopback && isLoopback(stream.url);
    this.#access = {
      ...this.#access,
      acquaintance,
      // Where a redirect leads for one channel tells nothing about the others.
      channel: acquaintance.redirects.length > 0 ? undefined : this.#access.channel,
      target: { ...target, onLoopback, stream },
    };
  }

  /** Whether rules may start servers of their own while the run's own is at work. */
  #runsAlongside(): boolean {
    const { process } = this.#definition;
    return process !== undefined && 'start' in process && process.alongside === true && wantsPort(this.#definition);
  }

  /** Lets the run itself ask the server something; the end of the run cuts it short. */
  async #asking<T>(ask: (context: RuleContext) => Promise<T>): Promise<T> {
    const context = this.#context(this.#abort.signal, 'acquaintance');
    const leave = (): void => void context.release();
    this.#abort.signal.addEventListener('abort', leave, { once: true });
    try {
      return await ask(context);
    } finally {
      this.#abort.signal.removeEventListener('abort', leave);
      await context.release();
    }
  }

  async #judgeAll(): Promise<void> {
    const waiting = new Map<Phase, Rule[]>(phases.map((phase) => [phase, []]));
    for (const rule of this.#options.rules) {
      const unfit = this.#unfit(rule);
      if (unfit) this.#report(rule, unfit, 0);
      else waiting.get(rule.phase)?.push(rule);
    }
    const rulesOf = (phase: Phase): Rule[] => {
      const rules = waiting.get(phase) ?? [];
      if (rules.length > 0) this.#emit({ kind: 'phase', phase, rules: rules.length });
      return rules;
    };
    const mayPublish = (['soak', 'publishing', 'stall', 'crowd', 'process', 'passive'] as const).some(
      (phase) => waiting.get(phase)?.length,
    );
    // Streams on channels of their own do not hear what is published elsewhere, so that nobody waits for them to be done.
    const apart = this.#access.channel !== undefined;
    const soak = rulesOf('soak');
    if (!apart) for (const rule of soak) this.#silence.need(rule);
    const quiet = rulesOf('quiet');
    const soaking = this.#judgeTogether(soak, soak.length);
    const watching = this.#judgeTogether(quiet, quiet.length);
    const goOn = async (): Promise<void> => {
      // Where headers wait for an event, asking anything publishes one, and that is not for the quiet part.
      const loud = this.#access.acquaintance?.headersWaitForEvent ?? false;
      const connections = (): Promise<void> => this.#judgeTogether(rulesOf('connections'), this.#options.jobs ?? 4);
      if (!loud) await connections();
      await this.#judgeTogether(rulesOf('counting'), 1);
      if (!apart) await Promise.all([watching, this.#silence.nobodyNeedsIt()]);
      if (loud) await connections();
      if (mayPublish && this.#access.publish) await this.#learnCarriage();
      this.#silence.end();
      await this.#judgeTogether(rulesOf('publishing'), 1);
      const stall = rulesOf('stall');
      await this.#judgeTogether(stall, stall.length);
      if (this.#runsAlongside()) await this.#judgeTogether(rulesOf('process'), 1);
    };
    await Promise.all([soaking, watching, goOn()]);
    await Promise.all(this.#sharedContexts.map((context) => context.release()));
    await this.#judgeTogether(rulesOf('crowd'), 1);
    if (!this.#runsAlongside()) await this.#judgeTogether(rulesOf('process'), 1);
    if (this.#madeRoom && waiting.get('passive')?.length && !this.#abort.signal.aborted) await this.#startAgain();
    await this.#judgeTogether(rulesOf('passive'), 1);
  }

  async #learnCarriage(): Promise<void> {
    if (this.#abort.signal.aborted) return;
    try {
      this.#access = { ...this.#access, carriage: await this.#asking(learnCarriage) };
    } catch (error) {
      // The rules say so; where the server is gone they find the same.
      if (error instanceof Undecided) this.#access = { ...this.#access, carriageProblem: error.message };
      else if (!(error instanceof TargetLost)) throw error;
    }
  }

  /** Why a rule cannot or need not be judged on this target. */
  #unfit(rule: Rule): Judgement | undefined {
    const { target, acquaintance } = this.#access;
    if (rule.profiles && !rule.profiles.some((profile) => target.profiles.has(profile))) {
      return skip(
        'profile',
        `for servers that promise ${rule.profiles.join(' or ')}: give --profile ${rule.profiles.join(',')}`,
      );
    }
    const { startFresh, pid } = this.#access;
    const watchable = startFresh ?? (rule.onlyWatches ? pid : undefined);
    const process = rule.onlyWatches ? '--start COMMAND or --pid N' : '--start COMMAND';
    const flags = { publish: '--publish URL', stats: '--stats URL', process } as const;
    for (const access of rule.access) {
      if (access === 'stream') continue;
      const sockets = access === 'stats' && rule.socketsSuffice ? this.#access.socketsHeld : undefined;
      const given = access === 'process' ? watchable : (target[access] ?? sockets);
      if (given !== undefined) continue;
      const instead = access === 'process' && pid !== undefined ? ' in place of --pid, to signal and restart it' : '';
      return skip('access', `needs ${access}: give ${flags[access]}${instead}`);
    }
    if (rule.disruptive && !target.onLoopback && !this.#options.disruptive) {
      return skip('access', 'could hurt a server beyond this machine: give --disruptive');
    }
    if (!acquaintance?.first.isEventStream && !judgesAnyAnswer(rule, acquaintance)) {
      return inconclusive('the URL does not answer a subscription with an event stream, so there is nothing to judge');
    }
    return undefined;
  }

  /** Judges rules, at most `jobs` of them at once, in their order. */
  async #judgeTogether(rules: readonly Rule[], jobs: number): Promise<void> {
    const queue = [...rules];
    const work = async (): Promise<void> => {
      for (let rule = queue.shift(); rule && !this.#abort.signal.aborted; rule = queue.shift()) await this.#judge(rule);
    };
    await Promise.all(Array.from({ length: Math.min(jobs, rules.length) }, work));
  }

  async #judge(rule: Rule): Promise<void> {
    await this.#reviving;
    const server = this.#process;
    this.#atWork.add(rule);
    try {
      if (await this.#foundServerGone(rule)) {
        // Another rule may have noticed the same before, and the server be up again.
        if (this.#process === server) await this.#revive(rule);
      }
    } finally {
      this.#atWork.delete(rule);
    }
  }

  /** Judges a rule and tells whether the server is gone afterwards. */
  async #foundServerGone(rule: Rule): Promise<boolean> {
    const startedAtMs = this.#clock.now();
    this.#emit({ kind: 'rule-started', id: rule.id });
    const over = new AbortController();
    const signal = AbortSignal.any([this.#abort.signal, over.signal]);
    const context = this.#context(
      signal,
      rule.id,
      (message) => this.#tell(rule, message),
      () => this.#silence.release(rule),
    );
    const budgetMs = rule.budgetMs?.(context) ?? 60_000;
    const cancelBudget = this.#clock.after(budgetMs, () => over.abort());
    // A rule that watches its signal ends by itself; the grace is for one that does not.
    const overdue = Promise.withResolvers<never>();
    let cancelGrace: (() => void) | undefined;
    const onAbort = (): void => {
      cancelGrace = this.#clock.after(500, () => overdue.reject(new Overdue()));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    let judgement: Judgement | Error;
    let timeline: Evidence = {};
    let lost = false;
    try {
      judgement = await Promise.race([rule.judge(context), overdue.promise]);
    } catch (error) {
      lost = error instanceof TargetLost;
      judgement = this.#judgementOf(error, over.signal.aborted ? budgetMs : undefined);
    } finally {
      cancelBudget();
      signal.removeEventListener('abort', onAbort);
      cancelGrace?.();
      // What a rule set off and did not wait for, as it threw meanwhile, must not go on beside the next.
      over.abort();
      this.#silence.release(rule);
      timeline = context.timeline();
      await context.release();
    }
    // A rule that was cut short by the end of the run has found nothing.
    if (this.#abort.signal.aborted) return false;
    this.#report(rule, judgement, this.#clock.now() - startedAtMs, timeline);
    // The run's own server is down meanwhile, and started again afterwards.
    if (this.#madeRoom && (rule.phase === 'process' || context.startedServers)) return false;
    const doubtful = !(judgement instanceof Error) && judgement.verdict === 'inconclusive';
    return lost || this.#process?.alive() === false || (doubtful && !(await this.#listens()));
  }

  #judgementOf(error: unknown, budgetMs: number | undefined): Judgement | Error {
    if (error instanceof Overdue && budgetMs !== undefined) {
      return inconclusive(`not decided within ${Math.round(budgetMs / 1000)} s`);
    }
    if (error instanceof Undecided) return inconclusive(error.message);
    if (error instanceof TargetLost)
      return inconclusive(`the server stopped accepting connections meanwhile (${error.message})`);
    return error instanceof Error ? error : new Error(String(error));
  }

  async #listens(): Promise<boolean> {
    // A server that goes down may close its connections before its port.
    await sleep(this.#clock, 100, this.#abort.signal);
    const { url } = this.#access.target.stream;
    const { host, port } = addressOf(url);
    return accepts(host, port);
  }

  /** After a server went away: starts it again where it is ours, else ends the run. Rules that notice at once share it. */
  #revive(rule: Rule): Promise<void> {
    this.#reviving ??= this.#reviveOnce(rule).finally(() => {
      this.#reviving = undefined;
    });
    return this.#reviving;
  }

  async #reviveOnce(rule: Rule): Promise<void> {
    const ids = [...this.#atWork].map(({ id }) => id);
    const { process } = this.#definition;
    const said = tellingLines(this.#process?.complaint() ?? '');
    if (!process || !('start' in process) || this.#restarts >= 3) {
      this.abort(
        'target-lost',
        `the server went away during ${listed(ids)}: look at its log, start it again, and run ${ids.map((id) => `--rule ${id}`).join(' ')}`,
      );
      return;
    }
    this.#restarts += 1;
    this.#tell(rule, `the server died during ${listed(ids)}${said ? ` (${said})` : ''} and is started again`);
    await this.#startAgain();
  }

  /** Starts the run's server again; what is known of it stays. @throws StartError, TargetUnreachable */
  async #startAgain(): Promise<void> {
    await this.#process?.stop();
    const { carriage, carriageProblem } = this.#access;
    await this.#meet();
    this.#access = { ...this.#access, carriage, carriageProblem };
  }

  /** Tells how far a rule is; what its server said is quoted. */
  #tell({ id }: Rule, message: string): void {
    this.#emit({ kind: 'progress', id, message: redact(message, this.#secrets) });
  }

  #report(rule: Rule, judgement: Judgement | Error, durationMs: number, timeline: Evidence = {}): void {
    if (!(judgement instanceof Error) && judgement.played) {
      const { name, url } = this.#summary();
      const about = { target: { name, url }, rule: rule.id, seed: this.#options.seed };
      this.#emit({ kind: 'recording', recording: recordingOf(judgement.played, about, this.#secrets) });
    }
    const result = redactResult(this.#result(rule, judgement, durationMs, timeline), this.#secrets);
    this.#results.push(result);
    this.#emit({ kind: 'result', result });
  }

  #result(rule: Rule, judgement: Judgement | Error, durationMs: number, timeline: Evidence): RuleResult {
    const { id } = rule;
    const base = aboutRule(rule, durationMs);
    const evidenceWith = (evidence: Evidence): { evidence?: Evidence } =>
      Object.keys(evidence).length === 0 ? {} : { evidence };
    if (judgement instanceof Error) {
      const message = `the harness broke: ${judgement.message}`;
      return { ...base, verdict: 'error', message, ...evidenceWith(timeline) };
    }
    const { reproduce, played: _, ...judged } = judgement;
    if (judged.verdict === 'pass' || judged.verdict === 'skip') return { ...base, ...judged };
    const found = { ...judged, ...evidenceWith({ ...judged.evidence, ...timeline }) };
    const { seed, command } = this.#options;
    // What a passive rule saw, the others brought about: only the whole run shows it again.
    const only = rule.phase === 'passive' ? '' : ` --rule ${id}`;
    const again = `${command ?? `ssert check ${this.#url()}`}${only} --seed ${seed}`;
    return { ...base, ...found, seed, reproduce: reproduce === undefined ? again : `${reproduce}\n${again}` };
  }
}

/** The two rules that have something to say where a subscription gets no event stream: what came, or that nothing did. */
function judgesAnyAnswer({ id }: Rule, acquaintance: Acquaintance | undefined): boolean {
  if (id === 'http/headers-before-first-event') return acquaintance !== undefined && !acquaintance.first.head;
  return id === 'http/status-and-content-type';
}

/** "a", "a and b", "a, b and c". */
function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** A rule went on past its time. */
class Overdue extends Error {}
