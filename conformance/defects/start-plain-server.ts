/** Runs a plain server as a process of its own: `node start-plain-server.ts PORT [VARIANT [FOLDER]]`. */
import { startHttp2Front } from './plain-http2-server.ts';
import { startPlainServer } from './plain-server.ts';
import { processVariants, withLivesOwnIds } from './process-variants.ts';

const [, , port, name = 'correct', folder = ''] = process.argv;
const variant = processVariants[name]?.({ port: Number(port), folder });
if (variant === undefined) throw new Error(`there is no variant ${name}`);
const server = await startPlainServer(
  { ...withLivesOwnIds, ...variant.behaviour },
  variant.http2 === undefined ? Number(port) : 0,
);
const front = variant.http2 && (await startHttp2Front(server, variant.http2, Number(port)));
server.log.push(...(variant.log ?? []));
const end = async (): Promise<void> => {
  await Promise.all([front?.stop(), server.drain()]);
  process.exit(0);
};
const { onSigterm = end } = variant;
if (onSigterm !== 'default') process.on('SIGTERM', () => void onSigterm(server));
