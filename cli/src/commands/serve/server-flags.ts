import { parseQuantity } from '@ssert/conformance/settings';
import { SettingError } from '@ssert/protocol';
import { LogUnavailable, type ServerOptions, type Setting, serverSettings } from '@ssert/server';
import type { Flag, FlagTable, GivenFlags } from '../../flags.ts';
import { UsageError } from '../../usage-error.ts';

export const defaultPort = 4000;

/** A secret given here stands in no list of processes. */
export const tokenVariable = 'SSERT_PUBLISH_TOKEN';

/** The server's settings, each with the flag that is made from it: `heartbeatMs` is `--heartbeat`. */
const settings = Object.entries(serverSettings).map(([name, setting]) => ({
  name,
  setting,
  flag: name.replace(/Ms$|s(?<=Origins)$/, '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
}));

export const serverFlags: FlagTable = Object.fromEntries(
  settings.map(({ name, flag, setting }) => [flag, flagOf(name, setting)]),
);

/** @throws UsageError where the variable is empty: who sets it does not want a server that is open to all */
export function tokenGiven(given: GivenFlags<FlagTable>): string | undefined {
  const token = given.text('publish-token');
  const ofVariable = process.env[tokenVariable];
  if (token === undefined && ofVariable === '') {
    throw new UsageError(`${tokenVariable} is empty; give a token, or leave the variable away`);
  }
  return token ?? ofVariable;
}

/** The settings that were given, and the token that may stand in the environment. @throws UsageError */
export function serverOptions(given: GivenFlags<FlagTable>): ServerOptions {
  const values = settings.flatMap(({ name, flag, setting }) =>
    given.has(flag) ? [[name, valueOfFlag(given, flag, setting)] as const] : [],
  );
  return { port: defaultPort, ...Object.fromEntries(values), publishToken: tokenGiven(given) };
}

/** The error in terms of flags, where it is one about them. */
export function understood(error: unknown, given: GivenFlags<FlagTable>, { port, host }: ServerOptions): unknown {
  if (error instanceof SettingError) {
    const { flag = error.setting, setting } = settings.find(({ name }) => name === error.setting) ?? {};
    if (setting?.kind === 'secret') return new UsageError(`--${flag} cannot be used; give ${error.allowed}`);
    if (setting?.kind === 'switch') return new UsageError(`--${flag} is given; give ${inFlags(error.allowed)}`);
    // The store's value is the error's, which leaves the credentials out.
    const value = flag === 'store' ? error.value : given.all(flag).join(',');
    return new UsageError(`--${flag} is ${JSON.stringify(value)}; give ${inFlags(error.allowed)}`);
  }
  if (error instanceof LogUnavailable) return new UsageError(error.message);
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new UsageError(`port ${port} is taken: give another one with --port (0 takes a free one)`);
    case 'EACCES':
      return new UsageError(`port ${port} is not for everyone: give one above 1023 with --port`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new UsageError(`${host} is no address of this machine: give another --host`);
    default:
      return error;
  }
}

/** A sentence that names settings, as one that names their flags. */
function inFlags(sentence: string): string {
  return settings.reduce((text, { name, flag }) => text.replace(new RegExp(`\\b${name}\\b`), `--${flag}`), sentence);
}

function flagOf(name: string, setting: Setting): Flag {
  const standard = name === 'port' ? defaultPort : setting.default;
  const byDefault =
    typeof standard === 'boolean' || String(standard) === '' ? '' : ` Default ${shown(standard, setting)}.`;
  const meaning = `${setting.meaning}${byDefault}`;
  switch (setting.kind) {
    case 'switch':
      return { meaning };
    case 'integer':
      return { value: setting.unit === 'ms' ? 'TIME' : setting.unit === 'bytes' ? 'SIZE' : 'N', meaning };
    case 'choice':
      return { value: setting.choices.join('|').length <= 16 ? setting.choices.join('|') : 'LEVEL', meaning };
    case 'text':
      return { value: 'TEXT', meaning };
    case 'secret':
      return { value: 'TOKEN', meaning: `${meaning} Better given as ${tokenVariable}.` };
    case 'origins':
      return { value: 'ORIGIN', repeatable: true, meaning };
  }
}

function shown(value: unknown, setting: Setting): string {
  if (setting.kind === 'integer' && setting.unit === 'ms') return `${Number(value) / 1000}s`;
  if (setting.kind === 'integer' && setting.unit === 'bytes') return `${Number(value) / 1024 ** 2}MiB`;
  return String(value);
}

function valueOfFlag(given: GivenFlags<Record<string, Flag>>, flag: string, setting: Setting): unknown {
  const text = given.text(flag) ?? '';
  switch (setting.kind) {
    case 'switch':
      return true;
    case 'integer':
      if (setting.unit === undefined || text === '0') return given.wholeNumber(flag, setting.min, setting.max);
      return Math.round(parseQuantity(`--${flag}`, text, setting.unit));
    case 'choice':
      return given.choice(flag, setting.choices);
    case 'text':
    case 'secret':
      return text;
    case 'origins':
      return given.list(flag);
  }
}
