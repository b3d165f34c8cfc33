import { type BenchResult, uslCapacity } from '@ssert/bench';
import { figure } from '../../html/chart.ts';
import type { Markup } from '../../html/markup.ts';
import { countText } from '../figures.ts';

const names = { usl: 'universal scalability law', amdahl: "Amdahl's law", linear: 'linear' } as const;

/** What n nodes hold together by the fitted law, with what the measurements leave open. */
export function scalingFigure({ model }: BenchResult): Markup | undefined {
  const { usl } = model ?? {};
  if (usl === undefined) return undefined;
  const most = Math.min(512, Math.max(16, 2 * (usl.nMax ?? 32)));
  const sizes = Array.from({ length: 61 }, (_, at) => 1 + ((most - 1) * at) / 60);
  const [low, high] = ([1, 0] as const).map((end) => ({
    gamma: usl.ci95.gamma[1 - end] as number,
    alpha: usl.ci95.alpha[end] as number,
    beta: usl.ci95.beta[end] as number,
  })) as [typeof usl, typeof usl];
  const top = Math.max(...sizes.map((n) => uslCapacity(high, n)));
  const figures = [`contention ${Number(usl.alpha.toPrecision(3))}`, `coherence ${Number(usl.beta.toPrecision(3))}`];
  return figure(
    'Scaling over nodes',
    {
      label: `Capacity of up to ${Math.round(most)} nodes by the ${names[usl.kind]}: ${countText(usl.gamma)} for one, at most ${countText(Math.max(...sizes.map((n) => uslCapacity(usl, n))))}`,
      x: { scale: 'linear', from: 1, to: most, text: countText },
      y: { scale: 'linear', from: 0, to: top, text: countText, ticks: 4 },
      areas: [{ hue: 'one', points: sizes.map((n) => [n, uslCapacity(low, n), uslCapacity(high, n)]) }],
      lines: [
        {
          hue: 'quiet',
          dashed: true,
          points: sizes.filter((n) => n * usl.gamma <= top).map((n) => [n, n * usl.gamma]),
        },
        { hue: 'one', points: sizes.map((n) => [n, uslCapacity(usl, n)]) },
      ],
      ...(usl.nMax === null || usl.nMax > most
        ? {}
        : { marks: [{ x: usl.nMax, text: `most at ${Math.floor(usl.nMax)}` }] }),
    },
    {
      legend: [
        ['one', names[usl.kind]],
        ['quiet', 'perfect scaling'],
      ],
      note: `${figures.join(', ')}; the band is what the 95 % intervals leave open.`,
    },
  );
}
