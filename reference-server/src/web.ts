export { openStream, type WebStreamOptions } from './adapters/web.ts';
export * from './embed.ts';
