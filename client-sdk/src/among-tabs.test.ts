import { afterEach, expect, test } from 'vitest';
import { ManualClock } from '../../protocol/testing/manual-clock.ts';
import { type Answer, LiveBody, ScriptedFetch } from '../testing/scripted-fetch.ts';
import { StreamAmongTabs } from './among-tabs.ts';
import { StreamErrorEvent, type StreamEvent } from './events.ts';

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
function browser(...answers: Answer[]) {
  browsers += 1;
  const name = `browser ${browsers}`;
  const script = new ScriptedFetch(...answers);
  const locks = new Locks();
  const openTab = (settings: object = {}) => {
    const tab = new StreamAmongTabs<{ message: string }>('http://server.test/tabs', {
      fetch: script.fetch,
      locks,
      name,
      ...settings,
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

test('a tab that came later goes on from where the one with the connection was', async () => {
  const [body, next] = [new LiveBody(), new LiveBody()];
  const { script, openTab } = browser(body, next);
  const first = openTab();
  await expect.poll(() => first.tab.state.name).toBe('open');
  body.write('id: 7\ndata: a\n\n');
  await expect.poll(() => first.data).toEqual(['a']);
  const second = openTab();
  await expect.poll(() => second.tab.state.name).toBe('open');
  first.tab.close();
  await expect.poll(() => script.requests[1]?.headers.get('last-event-id')).toBe('7');
});

test('a tab that rests hands the connection over, and is one of them again when it comes back', async () => {
  const [body, next] = [new LiveBody(), new LiveBody()];
  const { script, openTab } = browser(body, next);
  const [first, second] = [openTab(), openTab()];
  await expect.poll(() => [first.tab.state.name, second.tab.state.name]).toEqual(['open', 'open']);
  first.tab.suspend();
  await expect.poll(() => [second.tab.leads, second.tab.state.name, script.requests.length]).toEqual([true, 'open', 2]);
  expect([first.tab.leads, first.tab.state.name, body.cancelled]).toEqual([false, 'waiting', true]);
  first.tab.resume();
  await expect.poll(() => first.tab.state.name).toBe('open');
  next.write('data: a\n\n');
  await expect.poll(() => [first.data, second.data]).toEqual([['a'], ['a']]);
  expect(first.tab.leads).toBe(false);
});

test('a stream that is over for good is so for every tab, and none asks again', async () => {
  const { script, openTab } = browser({ status: 404 });
  const settings = { clock: new ManualClock() };
  const tabs = [openTab(settings), openTab(settings)];
  const errors = tabs.map(({ tab }) => {
    const kinds: string[] = [];
    tab.addEventListener('error', (event) => kinds.push(event instanceof StreamErrorEvent ? event.problem.kind : ''));
    return kinds;
  });
  await expect.poll(() => tabs.map(({ tab }) => tab.state.name)).toEqual(['closed', 'closed']);
  expect([errors, script.requests.length]).toEqual([[['status'], ['status']], 1]);
});

test('each tab decodes for itself, so data may be of any kind', async () => {
  const body = new LiveBody();
  const { openTab } = browser(body);
  const settings = { decode: { message: (text: string) => () => text } };
  const heard = [openTab(settings), openTab(settings)].map(({ tab }) => {
    const data: unknown[] = [];
    tab.addEventListener('message', (event) => data.push((event.data as unknown as () => string)()));
    return data;
  });
  await expect.poll(() => tabs.map(({ state }) => state.name)).toEqual(['open', 'open']);
  body.write('data: a\n\n');
  await expect.poll(() => heard).toEqual([['a'], ['a']]);
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
