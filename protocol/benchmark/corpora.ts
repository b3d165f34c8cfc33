import { encodeEvent, seededRandom } from '@ssert/protocol';

/** A stream to parse, made from a seed: the same on every machine. */
export interface Corpus {
  name: string;
  bytes: Uint8Array;
}

const corpusBytes = 1 << 20;

const words = `the of and a to in is you that it he was for on are as with his they I at be this have from or one had by
  word but not what all were we when your can said there use an each which she do how their if will up other about out many
  then them these so some her would make like him into time has look two more write go see number no way could people`.split(
  /\s+/,
);
const beyondAscii = [' café', '—', '’s', ' 😀', ' 東京', ' naïve', '…'];

/** The chunks of a chat completion, one token each, as the OpenAI API streams them. */
function tokens(random: () => number, beyondAsciiShare: number): string {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
  const content = random() < beyondAsciiShare ? pick(beyondAscii) : ` ${pick(words)}`;
  const choices = [{ index: 0, delta: { content }, logprobs: null, finish_reason: null }];
  const chunk = {
    id: 'chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG',
    object: 'chat.completion.chunk',
    created: 1741570283,
    model: 'gpt-4o-2024-08-06',
    service_tier: 'default',
    system_fingerprint: 'fp_fc9f1d7035',
    choices,
  };
  return encodeEvent({ data: JSON.stringify(chunk) });
}

/** Usage records, one an event, with a type and an ID. */
function usage(random: () => number, id: number): string {
  const models = ['claude-sonnet-4', 'gpt-4o', 'gemini-2.5-pro'];
  const record = {
    id,
    creditsUsed: Math.floor(random() * 1000),
    createdAt: new Date(1_760_000_000_000 + id * 977).toISOString(),
    model: models[id % models.length],
  };
  return encodeEvent({ event: 'usage', id: String(id), data: JSON.stringify(record) });
}

/** Events with 64 KiB of data each. */
function large(random: () => number): string {
  const items: string[] = [];
  for (let length = 0; length < 65_536; length += 40) {
    items.push(JSON.stringify({ at: Math.floor(random() * 1e6), text: 'lorem ipsum dolor' }).padEnd(39));
  }
  return encodeEvent({ data: `[${items.join(',')}]` });
}

function corpus(name: string, next: (random: () => number, index: number) => string): Corpus {
  const random = seededRandom(1).next;
  let stream = '';
  for (let index = 1; stream.length < corpusBytes; index += 1) stream += next(random, index);
  return { name, bytes: new TextEncoder().encode(stream) };
}

export const corpora: readonly Corpus[] = [
  corpus('LLM tokens', (random) => tokens(random, 0)),
  corpus('LLM tokens, 2 % of them beyond ASCII', (random) => tokens(random, 0.02)),
  corpus('usage records', usage),
  corpus('64 KiB events', large),
];
