import type { UsageRecord } from './usage-record.ts';

/** Records are handed on once this many characters are together: a write for each would cost more than the record. */
const chunkLength = 64 * 1024;

/** One JSON object per line, in chunks of whole lines. */
export function ndjson(records: Iterable<UsageRecord>): Generator<string, void> {
  return inChunks(records, '', (record) => JSON.stringify(record));
}

/** Comma-separated values (RFC 4180, lines end in LF) with a header line, in chunks of whole lines. */
export function csv(records: Iterable<UsageRecord>): Generator<string, void> {
  return inChunks(
    records,
    'id,creditsUsed,createdAt,model\n',
    ({ id, creditsUsed, createdAt, model }) => `${id},${creditsUsed},${createdAt},${cell(model)}`,
  );
}

function* inChunks(
  records: Iterable<UsageRecord>,
  head: string,
  lineOf: (record: UsageRecord) => string,
): Generator<string, void> {
  let chunk = head;
  for (const record of records) {
    chunk += `${lineOf(record)}\n`;
    if (chunk.length < chunkLength) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}

function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
