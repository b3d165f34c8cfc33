import { startReferenceServer } from '../src/server.ts';

// Started by ServerProcess, and not outliving it.
process.on('disconnect', () => process.exit());
const { url } = await startReferenceServer(JSON.parse(process.argv[2] ?? '{}'));
process.send?.(url);
