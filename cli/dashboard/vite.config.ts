import { join } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

/** Puts script and style into the page: one file, which a server sends without knowing what is in it. */
const inOneFile: Plugin = {
  name: 'in-one-file',
  enforce: 'post',
  generateBundle(_, bundle) {
    const page = bundle['index.html'];
    if (page?.type !== 'asset') throw new Error('there is no index.html in the bundle');
    let html = String(page.source);
    for (const [name, part] of Object.entries(bundle)) {
      if (part === page) continue;
      const isScript = part.type === 'chunk';
      const text = isScript ? part.code : String(part.source);
      const tag = new RegExp(`<(script|link)\\b[^>]*"[./]*${name}"[^>]*>(</script>)?`);
      if (!tag.test(html)) throw new Error(`index.html does not name ${name}`);
      const element = isScript
        ? `<script type="module">${text.replaceAll('</script', '<\\/script')}</script>`
        : `<style>${text}</style>`;
      html = html.replace(tag, () => element);
      delete bundle[name];
    }
    page.source = html;
  },
};

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  // Said here, so that it is the same page whoever builds it.
  define: { 'process.env.NODE_ENV': '"production"' },
  oxc: { jsx: { runtime: 'automatic', development: false } },
  resolve: { conditions: ['@ssert/source', 'module', 'browser', 'production'] },
  build: {
    outDir: join(import.meta.dirname, '../dist/dashboard'),
    emptyOutDir: true,
    modulePreload: false,
    reportCompressedSize: false,
  },
  plugins: [inOneFile],
});
