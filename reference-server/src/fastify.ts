export { openStream } from './adapters/fastify.ts';
export type { NodeStreamOptions } from './adapters/node.ts';
export * from './embed.ts';
