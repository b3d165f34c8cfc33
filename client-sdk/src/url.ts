/**
 * The absolute form of a URL, resolved against the page's where there is one.
 * @throws TypeError for what is no URL
 */
export function resolveUrl(url: string | URL): string {
  return new URL(url, (globalThis as { location?: { href: string } }).location?.href).href;
}
