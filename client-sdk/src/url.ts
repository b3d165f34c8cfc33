/**
 * The absolute form of a URL, resolved against the page's where there is one.
 * @throws TypeError for what is no URL, and for one with credentials, which `fetch` refuses at every try
 */
export function resolveUrl(url: string | URL): string {
  return new Request(url).url;
}
