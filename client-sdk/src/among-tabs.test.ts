import { afterEach, expect, test } from 'vitest';
import { LiveBody, ScriptedFetch } from '../testing/scripted-fetch.ts';
import { StreamAmongTabs } from './among-tabs.ts';
import type { StreamEvent } from './events.ts';

/** Locks of one browser: whoever asks first holds, the others wait their turn. */
class Locks {
  #tail: Promise<unknown> = Promise.resolve();

  request(_name: string, { signal }: { signal: AbortSignal }, held: () => Promise<void>): Promise<unknown> {
    const turn = this.#tail.then(() => (signal.aborted ? undefined : held()));
    this.#tail = turn;
    return turn;
  }
}

const tabs: StreamAmongTabs<{ message: string }>[] = [];
afterEach(() => {
  for (const tab of tabs.splice(0)) tab.close();
});

let browsers = 0;
function browser(...bodies: LiveBody[]) {
  browsers += 1;
  const name = `browser ${browsers}`;
  const script = new ScriptedFetch(...bodies);
  const locks = new Locks();
  const openTab = () => {
    const tab = new StreamAmongTabs<{ message: string }>('http://server.test/tabs', {
      fetch: script.fetch,
      locks,
      name,
    });
    tabs.push(tab);
    const data: string[] = [];
    (tab as EventTarget).addEventListener('message', (event) => data.push((event as StreamEvent).data));
    return { tab, data };
  };
  return { script, openTab };
}

test('tabs share one connection, and each hears every event', async () => {
  const body = new LiveBody();
  const { script, openTab } = browser(body);
  const [first, second] = [openTab(), openTab()];
  await expect.poll(() => [first.tab.state.name, second.tab.state.name]).toEqual(['open', 'open']);
  body.write('data: a\n\ndata: b\n\n');
  await expect
    .poll(() => [first.data, second.data])
    .toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
  expect([first.tab.leads, second.tab.leads, script.requests.length]).toEqual([true, false, 1]);
});

test('a tab that comes later learns the state', async () => {
  const { openTab } = browser(new LiveBody());
  const first = openTab();
  await expect.poll(() => first.tab.state.name).toBe('open');
  const second = openTab();
  await expect.poll(() => second.tab.state.name).toBe('open');
});

test('when the tab with the connection goes, another goes on from the last event ID', async () => {
  const [body, next] = [new LiveBody(), new LiveBody()];
  const { script, openTab } = browser(body, next);
  const [first, second] = [openTab(), openTab()];
  await expect.poll(() => second.tab.state.name).toBe('open');
  body.write('id: 7\ndata: a\n\n');
  await expect.poll(() => second.data).toEqual(['a']);
  first.tab.close();
  await expect.poll(() => script.requests.length).toBe(2);
  expect(script.requests[1]?.headers.get('last-event-id')).toBe('7');
  next.write('id: 8\ndata: b\n\n');
  await expect.poll(() => second.data).toEqual(['a', 'b']);
  expect([first.data, second.tab.leads, second.tab.lastEventId]).toEqual([['a'], true, '8']);
});

test('without locks each tab has a connection of its own, and hears each event once', async () => {
  const bodies = [new LiveBody(), new LiveBody()];
  const script = new ScriptedFetch(...bodies);
  const settings = { fetch: script.fetch, locks: undefined, name: 'no locks' };
  const heard = bodies.map(() => {
    const tab = new StreamAmongTabs<{ message: string }>('http://server.test/tabs', settings);
    tabs.push(tab);
    const data: string[] = [];
    (tab as EventTarget).addEventListener('message', (event) => data.push((event as StreamEvent).data));
    return data;
  });
  await expect.poll(() => tabs.map(({ state }) => state.name)).toEqual(['open', 'open']);
  for (const body of bodies) body.write('data: a\n\n');
  await expect.poll(() => heard).toEqual([['a'], ['a']]);
});
