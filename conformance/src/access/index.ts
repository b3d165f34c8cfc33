/** How a target is started and published to, for who measures it instead of judging it. */

export { unreachable } from '../acquaintance.ts';
export { isLoopback, type PublishedEvent, resolveTarget, type Target, wantsPort } from '../target.ts';
export { TargetUnreachable } from '../undecided.ts';
export { endWithThisProcess } from './end-with-this-process.ts';
export { Exchange, mediaType } from './exchange.ts';
export { HttpCaller } from './http-call.ts';
export { openStreams } from './open-streams.ts';
export { hasEnded, signalGroup, stopGroup } from './process-group.ts';
export { type Publish, type PublishOutcome, publisher, publishRequest } from './publisher.ts';
export { freePort, type ServerProcess, StartError, startServer } from './server-process.ts';
export { tellingLines } from './telling-lines.ts';
export { trustIn } from './trust.ts';
export { type WireRequest, wireRequest } from './wire-request.ts';
