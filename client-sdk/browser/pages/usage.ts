import { useUsageStream } from '@ssert/client/react';
import { createElement, StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';

/** Two components of one stream: they share its connection. */
function Dashboard() {
  const [url, setUrl] = useState('/stream?hours=1');
  Object.assign(globalThis, { setUrl });
  return createElement('main', null, createElement(Usage, { url }), createElement(Total, { url }));
}

function Usage({ url }: { readonly url: string }) {
  const { items, state, pause, resume } = useUsageStream(url, { reconnect: { initial: 10 }, throttleMs: 0, latest: 2 });
  Object.assign(globalThis, { pause, resume });
  return createElement('p', { id: 'usage' }, `${state.name}: ${items.map(({ id }) => id).join(' ')}`);
}

function Total({ url }: { readonly url: string }) {
  const { items } = useUsageStream(url, { throttleMs: 0 });
  const total = items.reduce((sum, { creditsUsed }) => sum + creditsUsed, 0);
  return createElement('p', { id: 'total' }, String(total));
}

const { document } = globalThis as unknown as { document: { getElementById(id: string): never } };
const root = createRoot(document.getElementById('root'));
root.render(createElement(StrictMode, null, createElement(Dashboard)));
Object.assign(globalThis, { unmount: () => root.unmount() });
