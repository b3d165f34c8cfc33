import { crc32 } from 'node:zlib';
import { type Clock, seededRandom, sleep } from '@ssert/protocol';
import { openLoadGauge } from '../access/load-gauge.ts';
import { type BreakOff, type Conductor, conducted, endEarly } from '../conducting.ts';
import type { Effort } from '../effort.ts';
import { HarnessLoad, type LoadGauge } from '../harness-load.ts';
import { aboutRule, type RuleResult, type RunEvent, summarise } from '../result.ts';
import { Undecided } from '../undecided.ts';
import { inconclusive, type Judgement, skip } from '../verdict.ts';
import { Stage } from './access/stage.ts';
import { type ClientRule, faultOf } from './client-rule.ts';
import { ClientContext, PlayList, type RunShare } from './context.ts';
import { ok } from './script.ts';
import { type Subject, SubjectDied, type SubjectSource, SubjectUnusable } from './subject.ts';

export interface ClientRunOptions {
  readonly rules: readonly ClientRule[];
  readonly clock: Clock;
  readonly seed: number;
  readonly effort: Effort;
  /** Rules at work at once, each with a client process of its own. Default 4. */
  readonly jobs?: number;
  /** Longest time of the whole run, in ms. Default none. */
  readonly timeoutMs?: number;
  /** Aborting ends the run early: what is known is kept, the rest is not judged. */
  readonly signal?: AbortSignal;
  /** Reads how busy the harness is; the run closes it. Default this process and its machine. */
  readonly gauge?: LoadGauge;
  /** How the run was started, for the command that repeats one rule. Default `ssert check-client NAME`. */
  readonly command?: string;
}

/**
 * Judges a client by the given rules. Processes and sockets opened on the way are released before the last event, also where
 * the caller stops iterating.
 * @throws SettingError where the adapter lists a capability that there is not
 */
export function runClient(source: SubjectSource, options: ClientRunOptions): AsyncGenerator<RunEvent, void> {
  return conducted((emit) => new ClientConductor(source, options, emit));
}

/** The longest time for one rule, beside what it watches for and repeats, in ms. */
const budgetMs = 120_000;

/** One run: lanes that share the rules, each with a client of its own. */
class ClientConductor implements Conductor {
  readonly #source: SubjectSource;
  readonly #options: ClientRunOptions;
  readonly #emit: (event: RunEvent) => void;
  readonly #clock: Clock;
  readonly #abort = new AbortController();
  readonly #results: RuleResult[] = [];
  #brokenOff: BreakOff | undefined;

  constructor(source: SubjectSource, options: ClientRunOptions, emit: (event: RunEvent) => void) {
    this.#source = source;
    this.#options = options;
    this.#emit = emit;
    this.#clock = options.clock;
  }

  /** Ends the run early; the first reason counts. */
  abort(why: BreakOff['why'], message: string): void {
    this.#brokenOff ??= { kind: 'broken-off', why, message };
    this.#abort.abort();
  }

  async conduct(): Promise<void> {
    const { seed, effort, gauge } = this.#options;
    const startedAtMs = this.#clock.now();
    const load = new HarnessLoad(gauge ?? openLoadGauge(), this.#clock);
    const stage = await Stage.open(this.#clock, this.#source.origins);
    const stayToTheEnd = endEarly(this, this.#clock, this.#options);
    try {
      const start = (): Promise<Subject> => this.#source.start(this.#abort.signal);
      await this.#judgeAll({ clock: this.#clock, load, stage, effort, seed, start });
    } catch (error) {
      if (!(error instanceof SubjectUnusable || error instanceof SubjectDied)) throw error;
      this.#brokenOff ??= { kind: 'broken-off', why: 'target-unreachable', message: error.message };
    } finally {
      stayToTheEnd();
      await stage.close();
      load.close();
    }
    if (this.#brokenOff) this.#emit(this.#brokenOff);
    const durationMs = this.#clock.now() - startedAtMs;
    this.#emit({ kind: 'finished', durationMs, summary: summarise(this.#results), harness: load.figures() });
  }

  async #judgeAll(share: RunShare): Promise<void> {
    const { rules, seed, jobs = 4 } = this.#options;
    const { name, url } = this.#source;
    const target = { name, url, access: [], profiles: [], bounds: {} };
    const first = await this.#source.start(this.#abort.signal).catch((error: Error) => {
      this.#emit({ kind: 'started', rules: rules.length, seed, target });
      throw error;
    });
    const capabilities = [...first.capabilities];
    this.#emit({ kind: 'started', rules: rules.length, seed, target: { ...target, name: first.name, capabilities } });
    const queue: ClientRule[] = [];
    for (const rule of rules) {
      const lacking = rule.needs?.filter((one) => !first.capabilities.has(one)) ?? [];
      if (lacking.length === 0) queue.push(rule);
      else this.#report(rule, skip('profile', `the client does not declare ${lacking.join(' and ')}`), 0);
    }
    const meeting = new Lane(this.#source, share, this.#abort.signal, first);
    const work = async (lane: Lane): Promise<void> => {
      try {
        for (let rule = queue.shift(); rule && !this.#abort.signal.aborted; rule = queue.shift()) {
          const startedAtMs = this.#clock.now();
          this.#emit({ kind: 'rule-started', id: rule.id });
          const judgement = await lane.judge(rule);
          // A rule that was cut short by the end of the run has found nothing.
          if (!this.#abort.signal.aborted) this.#report(rule, judgement, this.#clock.now() - startedAtMs);
        }
      } finally {
        await lane.stop();
      }
    };
    try {
      await meeting.meet();
    } catch (error) {
      await meeting.stop();
      throw error;
    }
    const others = Array.from(
      { length: Math.max(0, Math.min(jobs, queue.length) - 1) },
      () => new Lane(this.#source, share, this.#abort.signal, undefined),
    );
    await Promise.all([meeting, ...others].map(work));
  }

  #report(rule: ClientRule, judgement: Judgement | Error, durationMs: number): void {
    const result = this.#result(rule, judgement, durationMs);
    this.#results.push(result);
    this.#emit({ kind: 'result', result });
  }

  #result(rule: ClientRule, judgement: Judgement | Error, durationMs: number): RuleResult {
    const base = aboutRule(rule, durationMs);
    if (judgement instanceof Error) {
      return { ...base, verdict: 'error', message: `the harness broke: ${judgement.message}` };
    }
    const { played: _, ...judged } = judgement;
    if (judged.verdict === 'pass' || judged.verdict === 'skip') return { ...base, ...judged };
    const { seed, command = `ssert check-client ${this.#source.name}` } = this.#options;
    return { ...base, ...judged, seed, reproduce: `${command} --rule ${rule.id} --seed ${seed}` };
  }
}

/** A client that judges one rule after the other, and is started again where it died. */
class Lane {
  readonly #source: SubjectSource;
  readonly #share: RunShare;
  readonly #end: AbortSignal;
  #plays: PlayList | undefined;

  constructor(source: SubjectSource, share: RunShare, end: AbortSignal, subject: Subject | undefined) {
    this.#source = source;
    this.#share = share;
    this.#end = end;
    this.#plays = subject && new PlayList(subject);
  }

  /** @throws SubjectUnusable where the client does not even ask for a stream */
  async meet(): Promise<void> {
    const plays = await this.#alive();
    const play = plays.open(this.#share, { scripts: [ok('data: hello\n\n')] }, this.#end, {});
    const asked = await play.until(() => play.asked.length > 0 || play.refused !== undefined, 5000);
    plays.clear();
    if (this.#end.aborted) return;
    if (play.refused !== undefined) throw new SubjectUnusable(`the client opens no stream: ${play.refused}`);
    if (!asked) throw new SubjectUnusable(`the client did not ask for ${play.url} within 5 s of being told to`);
  }

  async judge(rule: ClientRule): Promise<Judgement | Error> {
    try {
      return await this.#attempt(rule);
    } catch (error) {
      if (!(error instanceof SubjectDied)) return error instanceof Error ? error : new Error(String(error));
    }
    // What ended it may be a late consequence of the rule before; in a fresh process it is this one's.
    try {
      return await this.#attempt(rule);
    } catch (error) {
      if (!(error instanceof SubjectDied)) return error instanceof Error ? error : new Error(String(error));
      return faultOf(rule.level)(`the client's process ended: ${error.message}`);
    }
  }

  async #attempt(rule: ClientRule): Promise<Judgement> {
    const plays = await this.#alive();
    const over = new AbortController();
    const signal = AbortSignal.any([this.#end, over.signal]);
    const longestMs = budgetMs + 3 * (rule.lastsMs ?? 0);
    const cancel = this.#share.clock.after(longestMs, () => over.abort());
    const seed = (this.#share.seed + crc32(rule.id)) >>> 1;
    try {
      const judgement = await rule.judge(new ClientContext(this.#share, plays, signal, seed, seededRandom(seed)));
      if (!over.signal.aborted) return judgement;
      return inconclusive(`not decided within ${longestMs / 1000} s`);
    } catch (error) {
      if (error instanceof Undecided) return inconclusive(error.message);
      throw error;
    } finally {
      cancel();
      plays.clear();
    }
  }

  async stop(): Promise<void> {
    await this.#plays?.subject.stop();
  }

  async #alive(): Promise<PlayList> {
    // A process that falls over its own timer tells so a moment after the last report.
    if (this.#plays?.death === undefined) await sleep(this.#share.clock, 0);
    if (!this.#plays || this.#plays.death !== undefined)
      this.#plays = new PlayList(await this.#source.start(this.#end));
    return this.#plays;
  }
}
