import type { BenchResult, Projection } from '@ssert/bench';
import type { Paint } from '../../terminal.ts';
import { countText } from './figures.ts';

/** What asks for the most nodes, as one says it who never saw the models. */
const limits: Readonly<Record<Projection['boundBy'], string>> = {
  capacity: 'how many streams a node holds within the objective',
  memory: 'memory',
  cpu: 'the CPU',
  bandwidth: 'the network',
  herd: 'how fast clients get back in when a node or a zone is lost',
};

/** How many nodes it takes, a sentence for each number of streams; below, what that assumes and what is not known. */
export function projectionText(result: BenchResult, paint: Paint): string {
  const { projection = [], model } = result;
  const refusals = model?.refusals ?? [];
  const answers = projection.map((one) => sentence(one, result));
  const missing = refusals.filter(isMissing).map((line) => `${paint('yellow', 'not projected')}${line.slice(13)}`);
  const below = [
    ['assumed', projection.flatMap(({ assumptions }) => assumptions)],
    ['not known', refusals.filter((line) => !isMissing(line))],
  ] as const;
  return [
    [...answers, ...missing].join('\n'),
    ...below.flatMap(([title, lines]) =>
      lines.length === 0 ? [] : [[title, ...[...new Set(lines)].map((line) => `  ${line}`)].join('\n')],
    ),
  ].join('\n\n');
}

/** Of the refusals, those that stand for a number of streams; the others are of a model. */
function isMissing(refusal: string): boolean {
  return refusal.startsWith('not projected');
}

function sentence({ target, nodes, boundBy, hypothesis }: Projection, { host }: BenchResult): string {
  const [least, most] = nodes.map(countText);
  const range = least === most ? `${least} ${nodes[1] === 1 ? 'node' : 'nodes'}` : `from ${least} to ${most} nodes`;
  const rate = target.publishesPerS === 0 ? '' : ` at ${countText(target.publishesPerS)} publishes a second`;
  const doubt = host.loopback ? 'it was measured on one machine' : 'that is far beyond what was measured';
  return `${countText(target.streams)} streams${rate} need ${range}, bound by ${limits[boundBy]}${hypothesis ? ` (a hypothesis: ${doubt})` : ''}.`;
}
