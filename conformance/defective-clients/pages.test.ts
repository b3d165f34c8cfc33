import { test } from 'vitest';
import { describeWithBrowser } from '../../client-sdk/testing/browser.ts';
import { chromiumPage } from '../src/client/access/browser.ts';
import { expectFoundInSubject } from './judge-client.ts';

/** What a page has, and a defect can replace. */
interface PlantedPage {
  EventSource: { readonly prototype: object };
  Worker: new (url: string) => object;
  readonly parent: PlantedPage;
  readonly location: { readonly pathname: string };
}

/** An EventSource that is OPEN at once in a worker. */
const breaksWorkers = { breaks: 'lifecycle/works-in-workers' };
/** One that belongs to the parent of its window. */
const breaksWindows = { breaks: 'lifecycle/realm-and-base-of-the-other-window' };
/** One that seems to wait, to come back, when its page has stopped loading. */
const breaksStopping = { breaks: 'lifecycle/page-stop' };

/** All three defects: a browser takes longer to start than to judge. */
function plant(): void {
  const page = globalThis as unknown as PlantedPage;
  page.Worker = class extends page.Worker {
    constructor(url: string) {
      const defect = "Object.defineProperty(EventSource.prototype, 'readyState', { value: 1 })";
      super(URL.createObjectURL(new Blob([`${defect}; importScripts(${JSON.stringify(url)})`])));
    }
  };
  if (page.location.pathname.endsWith('/frame/page')) {
    page.EventSource = page.parent.EventSource;
    return;
  }
  const { prototype } = page.EventSource;
  const { get } = Object.getOwnPropertyDescriptor(prototype, 'readyState') ?? {};
  Object.defineProperty(prototype, 'readyState', {
    get() {
      return get?.call(this) % 2;
    },
  });
}

describeWithBrowser('defects in a page', () => {
  test('each turns its rule red', () => {
    const ids = [breaksWorkers, breaksWindows, breaksStopping].map(({ breaks }) => breaks);
    return expectFoundInSubject(chromiumPage(process.env.CHROMIUM, { prepare: plant }), ...ids);
  });
});
