export { type NodeStreamOptions, openStream } from './adapters/node.ts';
export * from './embed.ts';
