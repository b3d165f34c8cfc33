/** Runs a plain server as a process of its own: `node start-plain-server.ts PORT [VARIANT [FOLDER]]`. */
import { startPlainServer } from './plain-server.ts';
import { processVariants, withLivesOwnIds } from './process-variants.ts';

const [, , port, name = 'correct', folder = ''] = process.argv;
const variant = processVariants[name]?.({ port: Number(port), folder });
if (variant === undefined) throw new Error(`there is no variant ${name}`);
const server = await startPlainServer({ ...withLivesOwnIds, ...variant.behaviour }, Number(port));
server.log.push(...(variant.log ?? []));
const { onSigterm = () => server.drain().then(() => process.exit(0)) } = variant;
if (onSigterm !== 'default') process.on('SIGTERM', () => void onSigterm(server));
