import { SettingError } from '@ssert/protocol';
import { layerRandom, uniform } from '../chance/layers.ts';
import type { ClientKind, ClientPlan, Leaving, Loss } from './client-plan.ts';
import { kinds, type Stay } from './kinds.ts';
import { drawLifetime, type Lifetime, meanLifetime } from './lifetimes.ts';
import { backAfter, type ClientOutage } from './outage.ts';

/** Clients of a server over a time. */
export interface PopulationSettings {
  /** How many are there at once: who leaves is followed by another at the same moment. */
  readonly clients: number;
  readonly durationMs: number;
  /** The first ones join evenly over this time. Default 0, all at once. */
  readonly rampMs?: number;
  /** Default endless: nobody leaves. */
  readonly lifetime?: Lifetime;
  /** Kinds by weight. Default all fast. */
  readonly mix?: Readonly<Partial<Record<ClientKind, number>>>;
  /** Ways to leave by weight. Default all by FIN. */
  readonly leaving?: Readonly<Partial<Record<Exclude<Leaving, 'stays'>, number>>>;
  /** The share of clients that send `Last-Event-ID` when they connect again. Default 1. */
  readonly resuming?: number;
  /** Default none. */
  readonly outage?: ClientOutage;
}

/**
 * What each client of a population does, in the order of joining. The same seed gives the same plans; each layer of
 * chance is its own, so that another mix leaves joins and lives alone.
 * @throws SettingError that names the setting
 */
export function population(settings: PopulationSettings, seed: number): readonly ClientPlan[] {
  requireUsable(settings);
  const stays = Array.from({ length: settings.clients }, (_, place) => [...staysAt(place, settings, seed)]);
  return stays
    .flat()
    .toSorted((a, b) => a.joinAtMs - b.joinAtMs)
    .map((stay, at) => planOf(stay, at + 1, settings, seed))
    .flatMap((plan) => plan ?? [])
    .toSorted((a, b) => a.joinAtMs - b.joinAtMs);
}

/** Who follows whom at one of the places. They have done so for long when the run begins, so that it begins steady. */
function* staysAt(place: number, settings: PopulationSettings, seed: number): Generator<Stay, void> {
  const { clients, durationMs, rampMs = 0, lifetime = { law: 'endless' } } = settings;
  const random = layerRandom(seed, `place ${place}/lives`);
  const firstMs = (rampMs * place) / clients;
  const meanMs = meanLifetime(lifetime);
  let atMs = Number.isFinite(meanMs) ? firstMs - 20 * meanMs : firstMs;
  while (atMs < durationMs) {
    const leaveAtMs = atMs + drawLifetime(random, lifetime);
    if (leaveAtMs > firstMs) yield { joinAtMs: Math.max(atMs, firstMs), leaveAtMs };
    atMs = leaveAtMs;
  }
}

function planOf(
  stay: Stay,
  number: number,
  { durationMs, mix = { fast: 1 }, leaving = { fin: 1 }, resuming = 1, outage }: PopulationSettings,
  seed: number,
): ClientPlan | undefined {
  const random = (layer: string) => layerRandom(seed, `client ${number}/${layer}`);
  const kind = oneOf(mix, uniform(random('kind')));
  const leaves: Leaving = stay.leaveAtMs >= durationMs ? 'stays' : oneOf(leaving, uniform(random('leaving')));
  const joinAtMs =
    outage && away(stay.joinAtMs, outage) ? backAfter(outage, stay.joinAtMs, random('outage')) : stay.joinAtMs;
  const leaveAtMs = leaves === 'abort-in-head' ? joinAtMs : Math.min(stay.leaveAtMs, durationMs);
  // It came during the outage and was gone before the end.
  if (joinAtMs > leaveAtMs || joinAtMs >= durationMs) return undefined;
  const own = { joinAtMs, leaveAtMs };
  const losses = [...lossesWithin(own, kinds[kind].losses(own, random('losses')))];
  const reading = kinds[kind].reading(own, random('reading'));
  const plan = { number, kind, joinAtMs, leaveAtMs, leaves, reading, faults: kinds[kind].faults };
  const resumes = uniform(random('resuming')) < resuming;
  if (!outage || !(joinAtMs < outage.atMs && outage.atMs < leaveAtMs)) return { ...plan, resumes, losses };
  return { ...plan, resumes, losses: withOutage(losses, outage, backAfter(outage, outage.atMs, random('outage'))) };
}

/** Those from which the client still comes back in its time. */
function* lossesWithin({ leaveAtMs }: Stay, losses: Iterable<Loss>): Generator<Loss, void> {
  for (const loss of losses) {
    if (loss.backAtMs >= leaveAtMs) return;
    yield loss;
  }
}

/** An outage takes the place of what it comes between. */
function withOutage(losses: readonly Loss[], { atMs }: ClientOutage, backAtMs: number): readonly Loss[] {
  const outage: Loss = { atMs, why: 'outage', by: 'rst', backAtMs };
  const before = losses.filter((loss) => loss.backAtMs <= atMs);
  const after = losses.filter((loss) => loss.atMs >= backAtMs);
  // Who was away when it began is away until it is over.
  const under = losses.find((loss) => loss.atMs < atMs && loss.backAtMs > atMs);
  const merged = under ? { ...under, backAtMs: Math.max(under.backAtMs, backAtMs) } : outage;
  return [...before, merged, ...after.filter((loss) => loss.atMs >= merged.backAtMs)];
}

function away(atMs: number, outage: ClientOutage): boolean {
  return atMs >= outage.atMs && atMs < outage.atMs + outage.lengthMs;
}

/** The one of some weighted names that a number from 0 to 1 falls on. */
function oneOf<T extends string>(weights: Readonly<Partial<Record<T, number>>>, at: number): T {
  const entries = Object.entries(weights) as [T, number][];
  let left = at * entries.reduce((sum, [, weight]) => sum + weight, 0);
  const found = entries.find(([, weight]) => {
    left -= weight;
    return left < 0;
  });
  return (found ?? (entries.at(-1) as [T, number]))[0];
}

function requireUsable({
  clients,
  durationMs,
  rampMs = 0,
  mix,
  leaving,
  resuming = 1,
  lifetime,
  outage,
}: PopulationSettings): void {
  const require = (fits: boolean, setting: string, value: unknown, allowed: string): void => {
    if (!fits) throw new SettingError(setting, value, allowed);
  };
  require(Number.isInteger(clients) && clients >= 1, 'clients', clients, 'a whole number from 1 up');
  require(durationMs > 0 && Number.isFinite(durationMs), 'durationMs', durationMs, 'a number above 0');
  require(rampMs >= 0 && rampMs < durationMs, 'rampMs', rampMs, `a number from 0 to below durationMs (${durationMs})`);
  require(resuming >= 0 && resuming <= 1, 'resuming', resuming, 'a share from 0 to 1');
  if (lifetime && lifetime.law !== 'endless') {
    const meanMs = meanLifetime(lifetime);
    require(meanMs > 0 && Number.isFinite(meanMs), 'lifetime', JSON.stringify(lifetime), 'a mean above 0');
  }
  if (outage) require(outage.retryMs > 0, 'outage.retryMs', outage.retryMs, 'a number above 0');
  for (const [setting, weights] of Object.entries({ mix, leaving })) {
    if (weights === undefined) continue;
    const values = Object.values(weights);
    const fits = values.every((weight) => weight >= 0) && values.some((weight) => weight > 0);
    require(fits, setting, JSON.stringify(weights), 'weights from 0 up, one of them above 0');
  }
}
