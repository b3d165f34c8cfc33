/** What is measured of each server. The names carry the unit. */
export const figures = [
  'cpuUsPerDelivery',
  'p50Us',
  'closedLoop1PerSecond',
  'closedLoop8PerSecond',
  'sustainedPerSecond',
  'idleRssBytes',
  'opensPerSecond',
  'stalledGrowthBytes',
  'stalledP99Ratio',
  'gzipCpuRatio',
] as const;

export type Figure = (typeof figures)[number];

/** What one measurement of one server in one round found. */
export type Sample = Partial<Record<Figure, number>>;

/** Samples by server and round. */
export class Samples {
  readonly #byServer = new Map<string, Map<Figure, (number | undefined)[]>>();

  add(server: string, round: number, sample: Sample): void {
    const ofServer = this.#byServer.get(server) ?? new Map<Figure, (number | undefined)[]>();
    this.#byServer.set(server, ofServer);
    for (const [figure, value] of Object.entries(sample) as [Figure, number][]) {
      const values = ofServer.get(figure) ?? [];
      ofServer.set(figure, values);
      values[round] = value;
    }
  }

  of(server: string, figure: Figure): readonly (number | undefined)[] {
    return this.#byServer.get(server)?.get(figure) ?? [];
  }

  toJSON(): unknown {
    return Object.fromEntries([...this.#byServer].map(([server, values]) => [server, Object.fromEntries(values)]));
  }
}
