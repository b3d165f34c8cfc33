/**
 * Whether a request takes a gzip body (RFC 9110 12.5.3): it must name gzip, or `*` without naming gzip, and not with a
 * weight of 0.
 */
export function acceptsGzip(header: string | string[] | undefined): boolean {
  const weights = new Map(
    (header ?? '')
      .toString()
      .toLowerCase()
      .split(',')
      .map((item) => {
        const [coding = '', ...parameters] = item.split(';').map((part) => part.trim());
        const weight = parameters.find((parameter) => /^q\s*=/.test(parameter));
        return [
          coding === 'x-gzip' ? 'gzip' : coding,
          weight === undefined ? 1 : Number(weight.split('=')[1]),
        ] as const;
      }),
  );
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0;
}
