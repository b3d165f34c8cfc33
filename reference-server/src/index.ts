export { LogUnavailable } from './event-log.ts';
export * from './node.ts';
export { type ReferenceServer, type ServerOptions, startReferenceServer } from './server.ts';
export { type ServerSettings, type Setting, serverSettings } from './settings.ts';
