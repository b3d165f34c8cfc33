/** How a target is started and published to, for who measures it instead of judging it. */
export { isLoopback, type PublishedEvent, resolveTarget, type Target, wantsPort } from '../target.ts';
export { HttpCaller } from './http-call.ts';
export { type Publish, type PublishOutcome, publisher, publishRequest } from './publisher.ts';
export { freePort, type ServerProcess, StartError, startServer } from './server-process.ts';
export { trustIn } from './trust.ts';
