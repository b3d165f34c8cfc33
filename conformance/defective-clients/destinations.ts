import type { ClientDefect } from './judge-client.ts';

export const destinationDefects: readonly ClientDefect[] = [
  {
    name: 'sends the fragment along',
    behaviour: { target: ({ pathname, search, hash }) => pathname + search + hash },
    breaks: 'http/url-goes-out-as-given',
  },
  {
    name: 'tells the URL that it was sent on to',
    behaviour: { url: (_, last) => last },
    breaks: 'http/url-stays',
  },
  {
    name: 'asks again for what can never be fetched',
    behaviour: { asksTheUnfetchable: true },
    breaks: 'http/unfetchable-urls',
  },
  {
    name: 'takes an empty Location for the same URL, for ever',
    behaviour: { mostRedirects: Number.POSITIVE_INFINITY },
    breaks: 'http/empty-location',
    alsoBreaks: /^http\/redirect-loop-ends/,
  },
  {
    name: 'tells the origin that it asked first',
    behaviour: { origin: (given) => given },
    breaks: 'http/origin-after-redirect',
  },
  {
    name: 'tells a secret to whom it is sent on to',
    behaviour: { sendsSecrets: true },
    breaks: 'http/secrets-stay-home',
  },
  {
    name: "takes the page's origin for the server's",
    behaviour: { origin: (_, __, page) => page },
    breaks: 'http/cross-origin',
    alsoBreaks: /^http\/origin-after-redirect/,
  },
  {
    name: 'lets each page read what another origin answers',
    behaviour: { mayRead: () => true },
    breaks: 'http/cors-failure',
  },
  {
    name: 'takes cookies to every origin',
    behaviour: { sendsCookies: () => true },
    breaks: 'http/credentials-mode',
  },
  {
    name: 'makes a GET of a POST at every redirect',
    behaviour: { redirectedMethod: () => 'GET' },
    breaks: 'http/redirected-post',
  },
];
