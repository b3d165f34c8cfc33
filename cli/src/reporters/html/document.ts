import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Markup, markup } from './markup.ts';

const asset = (name: string): string =>
  readFileSync(new URL(`../../../assets/${name}`, import.meta.url), 'utf8').trim();

/**
 * A page that is whole in one file. It asks nobody for anything, and its policy lets no other style or script run than
 * the two that stand in it: what a server under test may have put into its bytes stays text.
 */
export function htmlDocument({
  title,
  body,
  charts = false,
}: {
  readonly title: string;
  readonly body: Markup;
  /** Brings the style of charts too. */
  readonly charts?: boolean;
}): string {
  const style = [asset('page.css'), ...(charts ? [asset('charts.css')] : [])].join('\n\n');
  const script = asset('page.js');
  const policy = [
    "default-src 'none'",
    `style-src ${hashOf(style)}`,
    `script-src ${hashOf(script)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `${
    markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${new Markup(style)}</style>
</head>
<body>
${body}
<script>${new Markup(script)}</script>
</body>
</html>`.html
  }\n`;
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
