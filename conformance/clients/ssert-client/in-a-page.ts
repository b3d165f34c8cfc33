import type { PageClient } from '@ssert/conformance/client';
import { bundle } from '../../../client-sdk/testing/bundle.ts';
import { ourClient } from './streams.ts';

/** Our own client in a page: what an app would bundle of it, and its adapter. */
export const ourClientInAPage: PageClient = {
  name: '@ssert/client',
  // What the browser does beside the client.
  capabilities: [...(ourClient.capabilities ?? []), 'http2'],
  script: async () => {
    const source = [
      `import { ourClient } from '${import.meta.resolve('./streams.ts')}';`,
      `import { hostClient } from '${import.meta.resolve('../../src/client/access/client-in-a-page.ts')}';`,
      'hostClient(ourClient);',
    ];
    return (await bundle(source.join('\n'))).code;
  },
};
