import { selectRules, shellQuote } from '@ssert/conformance';
import { clientRules, runClient, subjectByName } from '@ssert/conformance/client';
import { freshSeed, systemClock } from '@ssert/protocol/system';
import type { Command } from '../command.ts';
import type { Flag, GivenFlags } from '../flags.ts';
import { judgedRun, openDestination } from '../judged-run.ts';
import { howFlags, howOf, onlyOperand, reportFlags, selectionOf, whichFlags } from '../run-flags.ts';
import type { Terminal } from '../terminal.ts';

const checkClientFlags = {
  ...whichFlags,
  ...howFlags,
  thorough: { group: 'How to run', meaning: 'Also what takes minutes, such as six minutes of silence' },
  ...reportFlags,
} as const satisfies Record<string, Flag>;

type Given = GivenFlags<typeof checkClientFlags>;

export const checkClientCommand: Command = {
  name: 'check-client',
  usage: 'check-client CLIENT [flags]',
  summary:
    'Judges a client of event streams against a server that follows a script. CLIENT is an adapter module (.ts .js .mjs) whose default export is made by defineClient of @ssert/conformance/client; or browser:chromium, the EventSource of a page; or the URL of a test service that speaks the protocol of LaunchDarkly’s SSE contract tests; or command: and a shell command that speaks JSON, a line each.',
  flags: checkClientFlags,
  examples: [
    ['ssert check-client ./adapter.js', 'every rule that the client has the capabilities for'],
    ['ssert check-client ./adapter.js --area parse --jobs 1', 'how it reads streams, one rule after the other'],
    ['ssert check-client ./adapter.js --reporter human,junit --output report', 'for CI'],
    ['ssert check-client http://localhost:8000', 'a client in any language, behind its test service'],
    ['ssert check-client "command:python3 adapter.py"', 'a client in any language, by a small program of your own'],
    ['ssert check-client browser:chromium', 'what a page has; the browser is /usr/bin/chromium, or named in CHROMIUM'],
  ],
  exitCodes: [
    [0, 'nothing failed'],
    [1, 'a rule failed (with --strict: or warned), or a known failure passes now'],
    [2, 'wrong usage, a filter that fits no rule included'],
    [3, 'the client cannot be started or opens no stream, the run broke off, or no rule was judged'],
    [4, 'the harness broke, or a report could not be written'],
    [130, 'interrupted after some rules were judged and none failed'],
  ],
  run: checkClient,
};

async function checkClient(given: Given, terminal: Terminal): Promise<number> {
  const client = onlyOperand(given, 'CLIENT', 'ssert check-client ./adapter.js');
  const rules = selectRules(clientRules, selectionOf(given));
  const thorough = given.has('thorough');
  const asked = howOf(given, thorough ? 'thorough' : 'default');
  const destination = await openDestination(
    given,
    clientRules.map(({ id }) => id),
    terminal,
  );
  const source = subjectByName(client);
  const program = process.env.npm_command === 'exec' ? 'npx ssert' : 'ssert';
  const command = `${program} check-client ${shellQuote(client)}${thorough ? ' --thorough' : ''}`;
  const options = { ...asked, seed: asked.seed ?? freshSeed(), rules, clock: systemClock, command };
  return judgedRun(
    {
      ids: rules.map(({ id }) => id),
      begin: (signal) => runClient(source, { ...options, signal }),
      destination,
      expectations: { strict: given.has('strict'), requireDecision: given.has('require-decision') },
    },
    terminal,
  );
}
