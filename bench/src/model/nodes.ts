import type { Models, Projection, UslModel } from '../results/bench-result.ts';
import { uslCapacity } from './usl-fit.ts';

export type Resource = Projection['boundBy'];

/** One node: what it has, and what it was measured to hold. */
export interface NodeLimits {
  /** Streams at the objective. */
  readonly streams: number;
  readonly cores?: number;
  readonly memoryBytes?: number;
  readonly bandwidthBytesPerS?: number;
  /** Connects that it takes per second while it keeps the objective, from `storm`. */
  readonly connectsPerS?: number;
}

export interface NodeDemand {
  readonly streams: number;
  readonly publishesPerS: number;
  readonly deliveriesPerS: number;
  /** Data and what the format and the transport add. */
  readonly bytesPerDelivery: number;
  /** Share of every resource that stays free. Default 0.3. */
  readonly headroom?: number;
  /** In this time the streams of a lost node, or zone, must be back. Default 30 s. */
  readonly herdWindowS?: number;
  /** As many availability zones, of which one may be lost; absent: nothing is added for what is lost. */
  readonly zones?: number;
}

/** How many nodes a resource asks for; `never` where more of them do not help. */
export interface NodesNeeded {
  readonly resource: Resource;
  /** With perfect scaling. */
  readonly least: number;
  /** With as much contention and coherence as the measurements leave open. */
  readonly most: number;
}

/**
 * The nodes that each resource asks for, of those whose limit and cost are known. Where a zone may be lost, those that must
 * be left: `overZones` adds the others.
 */
export function nodesNeeded(models: Models, node: NodeLimits, demand: NodeDemand): NodesNeeded[] {
  const { headroom = 0.3, herdWindowS = 30, zones } = demand;
  const usable = 1 - headroom;
  const same = (resource: Resource, nodes: number): NodesNeeded => ({ resource, least: nodes, most: nodes });
  const needed: NodesNeeded[] = [
    {
      resource: 'capacity',
      least: Math.ceil(demand.streams / (node.streams * usable)),
      most: models.usl ? nodesByScaling(models.usl, demand.streams / usable) : Number.POSITIVE_INFINITY,
    },
  ];
  if (models.memory && node.memoryBytes !== undefined) {
    const { base, perStream, perStreamCi95, kernelPerStream } = models.memory;
    const left = node.memoryBytes * usable - base;
    const nodes = (each: number): number => atLeast((demand.streams * (each + kernelPerStream)) / left);
    needed.push({ resource: 'memory', least: nodes(perStream), most: nodes(Math.max(perStream, perStreamCi95[1])) });
  }
  if (models.cpu && node.cores !== undefined) {
    const { idle, perStream, perDelivery, perPublish } = models.cpu;
    // Every node sees every publish: what that leaves is shared by the rest.
    const left = node.cores * usable - idle - perPublish * demand.publishesPerS;
    needed.push(same('cpu', atLeast((perStream * demand.streams + perDelivery * demand.deliveriesPerS) / left)));
  }
  if (node.bandwidthBytesPerS !== undefined) {
    const bytesPerS = demand.deliveriesPerS * demand.bytesPerDelivery;
    needed.push(same('bandwidth', atLeast(bytesPerS / (node.bandwidthBytesPerS * usable))));
  }
  if (node.connectsPerS !== undefined) {
    needed.push(same('herd', nodesForHerd(demand.streams / (node.connectsPerS * usable * herdWindowS), zones)));
  }
  return needed;
}

/** Nodes so that one of the zones may be lost: whole nodes in each zone, the others hold everything. */
export function overZones(nodes: number, zones: number | undefined): number {
  return zones === undefined ? nodes : zones * Math.ceil(nodes / (zones - 1));
}

/** Below 0 left is nothing left: no number of nodes will do. */
function atLeast(nodes: number): number {
  return nodes < 0 || !Number.isFinite(nodes) ? Number.POSITIVE_INFINITY : Math.max(1, Math.ceil(nodes));
}

/** The smallest n whose capacity reaches the load with the upper ends of contention and coherence. */
function nodesByScaling({ gamma, ci95 }: UslModel, streams: number): number {
  const worst = { gamma: Math.min(gamma, ci95.gamma[0]), alpha: ci95.alpha[1], beta: ci95.beta[1] };
  for (let n = 1; ; n = Math.max(n + 1, Math.ceil(n * 1.001))) {
    if (uslCapacity(worst, n) >= streams) return n;
    const more = Math.ceil(n * 1.001) + 1;
    if (uslCapacity(worst, more) <= uslCapacity(worst, n)) return Number.POSITIVE_INFINITY;
    // Amdahl's law levels out at gamma / alpha and never gets beyond.
    if (worst.alpha > 0 && streams >= worst.gamma / worst.alpha) return Number.POSITIVE_INFINITY;
  }
}

/**
 * The survivors must take back what was lost in the time given.
 * @param load the streams in units of what one node takes back in that time
 */
function nodesForHerd(load: number, zones: number | undefined): number {
  // A zone holds N / Z, which those take that are left; as of every resource, it is they that are counted here.
  if (zones !== undefined) return Math.max(zones - 1, Math.ceil(load / zones));
  // A node holds N / n, and n - 1 are left: n (n - 1) >= load.
  return Math.max(2, Math.ceil((1 + Math.sqrt(1 + 4 * load)) / 2));
}
