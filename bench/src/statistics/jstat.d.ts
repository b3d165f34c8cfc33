/** The part of jStat that is used here; it brings no types of its own. */
declare module 'jstat' {
  const jstat: {
    readonly studentt: { inv(p: number, degreesOfFreedom: number): number };
    readonly normal: {
      cdf(x: number, mean: number, sd: number): number;
      inv(p: number, mean: number, sd: number): number;
    };
    spearmancoeff(a: readonly number[], b: readonly number[]): number;
    rank(values: readonly number[]): number[];
    mean(values: readonly number[]): number;
    median(values: readonly number[]): number;
    stdev(values: readonly number[], ofSample: boolean): number;
  };
  export default jstat;
}
