import { eventAsJson } from '../access/publisher.ts';
import { type RuleContext, shellQuote } from '../context.ts';
import { type Command, inWords } from './command.ts';

/** What a history is written down for. */
export interface ScriptOptions {
  /** Shows the count of open streams at the end. */
  readonly showsCount: boolean;
}

/**
 * A history as lines for bash: each stream goes to a file of its own, as far as curl can publish and signals can stall.
 * Where a shell cannot do a step, a comment says what to do.
 */
export function scriptOf(context: RuleContext, commands: readonly Command[], { showsCount }: ScriptOptions): string[] {
  const open = new Set<string>();
  const count = showsCount ? countLine(context) : undefined;
  const lines: string[] = count ? [`${count}  # before`] : [];
  let event = 0;
  for (const command of [...commands, { do: 'publish', events: 1 } as const]) {
    const publish = (events: number, kib?: number): string => {
      const from = event + 1;
      event += events;
      return publishing(context, from, event, kib);
    };
    switch (command.do) {
      case 'connect':
        if (open.has(command.client)) break;
        open.add(command.client);
        lines.push(connecting(context, command.client, command.back));
        break;
      case 'close':
        open.delete(command.client);
        if (command.how === 'silence') lines.push(`kill -STOP $${command.client}  # it stays so`);
        else if (command.how === 'fin') lines.push(`kill $${command.client}`);
        else {
          // A process that ends with unread data makes the kernel send RST.
          lines.push(`kill -STOP $${command.client}`, publish(1));
          lines.push(`sleep 0.1; kill -9 $${command.client}  # with unread data, so this sends RST`);
        }
        break;
      case 'abort':
        lines.push(asking(context, '--max-time 0.01 ', '> /dev/null'));
        break;
      case 'publish':
        lines.push(publish(command.events, command.kib));
        break;
      case 'burst':
        lines.push(`( ${publish(command.events)} ) &`);
        break;
      case 'trickle':
        lines.push(`( ${publish(command.events)} ) &`);
        break;
      case 'stall':
        lines.push(`kill -STOP $${command.client}`);
        break;
      case 'resume':
        lines.push(`kill -CONT $${command.client}`);
        break;
      case 'wait':
        lines.push(`sleep ${command.ms / 1000}`);
        break;
      case 'restart':
        lines.push(`# ${inWords(command)}`);
        break;
    }
  }
  const left = [...open].map((client) => `$${client}`);
  if (count) lines.push('sleep 3', `${count}  # should be ${left.length} more than before`);
  if (left.length > 0) lines.push('sleep 1', `kill -CONT ${left.join(' ')}; kill ${left.join(' ')}`);
  if (count && left.length > 0) lines.push('sleep 3', `${count}  # should be as before`);
  if (!showsCount) lines.push(`grep -H '^data:' *.txt  # what each stream got`);
  return lines;
}

function connecting(context: RuleContext, client: string, back: number | undefined): string {
  const pick = back === undefined || back === 0 ? 'tail -n 1' : `tail -n ${back + 1} | head -n 1`;
  const id = `"Last-Event-ID: $(sed -n 's/^id: *//p' ${client}.txt | ${pick})"`;
  const header = back === undefined ? '' : `-H ${id} `;
  return asking(context, header, `>> ${client}.txt & ${client}=$!; sleep 0.2`);
}

function asking(context: RuleContext, more: string, behind: string): string {
  const [curl = 'curl', , ...rest] = context.curl().split(' ');
  return `${curl} -sN ${more}${rest.join(' ')} ${behind}`;
}

function publishing({ target }: RuleContext, from: number, to: number, kib: number | undefined): string {
  const which = from === to ? `event ${from}` : `events ${from} to ${to}`;
  if (typeof target.publish !== 'string') return `# publish ${which}${kib === undefined ? '' : ` of ${kib} KiB each`}`;
  const post = (data: string) =>
    `curl -s -X POST -H 'Content-Type: application/json' -d ${data} ${shellQuote(String(target.publish))}`;
  if (kib !== undefined) {
    const body = `"{\\"data\\":\\"$n-$(head -c ${kib * 1024} /dev/zero | tr '\\0' x)\\"}"`;
    return `for n in $(seq ${from} ${to}); do ${post(body)}; done`;
  }
  if (from === to) return post(shellQuote(eventAsJson({ data: String(from) })));
  return `for n in $(seq ${from} ${to}); do ${post(`'{"data":"'$n'"}'`)}; done`;
}

function countLine({ target }: RuleContext): string | undefined {
  const { stats } = target;
  if (typeof stats !== 'object') return undefined;
  return 'command' in stats ? stats.command : `curl -s ${shellQuote(stats.url)}`;
}
