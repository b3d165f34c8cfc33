// What the page can do beyond showing: filters, links to a rule, copying, dark and light. It reads from the page only
// and puts nothing in that it has not read as text.
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const one = (selector, within = document) => within.querySelector(selector);
  const root = document.documentElement;
  root.classList.add('scripted');
  for (const button of all('.theme, .copy')) button.hidden = false;

  one('.theme')?.addEventListener('click', () => {
    const dark = root.dataset.theme
      ? root.dataset.theme === 'dark'
      : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
  });

  // Filters
  const toolbar = one('.toolbar');
  const rules = all('[data-verdict]');
  // In the matrix what was seen stands in the cells that a row leads to.
  const ledTo = ({ hash }) => document.getElementById(decodeURIComponent(hash.slice(1)))?.querySelector('.seen');
  const texts = new Map(
    rules.map((rule) => {
      const parts = [rule, ...all('a[href^="#"]', rule).map(ledTo)];
      return [
        rule,
        parts
          .map((part) => part?.textContent ?? '')
          .join('\n')
          .toLowerCase(),
      ];
    }),
  );

  const filter = () => {
    const words = toolbar.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const verdicts = all('.chip[aria-pressed="true"]', toolbar).map(({ value }) => value);
    const { area, level } = toolbar.elements;
    let shown = 0;
    for (const rule of rules) {
      const has = rule.dataset.verdict.split(' ');
      const fits =
        words.every((word) => texts.get(rule).includes(word)) &&
        (verdicts.length === 0 || verdicts.some((verdict) => has.includes(verdict))) &&
        (area.value === '' || area.value === rule.dataset.area) &&
        (level.value === '' || level.value === rule.dataset.level);
      rule.hidden = !fits;
      if (fits) shown += 1;
    }
    for (const section of all('.area')) section.hidden = one('[data-verdict]:not([hidden])', section) === null;
    const filtered = words.length > 0 || verdicts.length > 0 || area.value !== '' || level.value !== '';
    one('[type="reset"]', toolbar).hidden = !filtered;
    one('.shown', toolbar).value = filtered ? `${shown} of ${rules.length} rules` : `${rules.length} rules`;
    const nothing = one('.nothing');
    if (nothing) nothing.hidden = shown > 0;
  };

  const clear = () => {
    toolbar.reset();
    for (const chip of all('.chip', toolbar)) chip.setAttribute('aria-pressed', 'false');
    filter();
  };

  if (toolbar) {
    toolbar.hidden = false;
    toolbar.addEventListener('input', filter);
    toolbar.addEventListener('submit', (event) => event.preventDefault());
    one('[type="reset"]', toolbar).addEventListener('click', (event) => {
      event.preventDefault();
      clear();
    });
    for (const chip of all('.chip', toolbar)) {
      chip.addEventListener('click', () => {
        chip.setAttribute('aria-pressed', String(chip.getAttribute('aria-pressed') !== 'true'));
        filter();
      });
    }
    document.addEventListener('keydown', (event) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target.closest?.('input, select, dialog')) return;
      event.preventDefault();
      toolbar.elements.text.focus();
    });
    filter();
  }

  // Links to a rule, and in the matrix to a cell
  const dialog = document.createElement('dialog');
  const close = document.createElement('button');
  close.type = 'button';
  close.className = 'close';
  close.textContent = 'Close';
  close.addEventListener('click', () => dialog.close());
  dialog.append(close);
  document.body.append(dialog);
  let home;

  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener('close', () => {
    home?.replaceWith(one('.cell', dialog) ?? '');
    home = undefined;
    history.replaceState(null, '', location.pathname + location.search);
  });

  const follow = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target?.matches('.rule')) {
      if (target.hidden) clear();
      target.open = true;
      target.scrollIntoView();
      one('summary', target).focus({ preventScroll: true });
    }
    if (!target?.matches('.cell')) return;
    if (dialog.open) home?.replaceWith(one('.cell', dialog));
    home = document.createElement('span');
    target.replaceWith(home);
    dialog.append(target);
    if (!dialog.open) dialog.showModal();
    dialog.setAttribute('aria-labelledby', one('h3', target).id);
    dialog.scrollTop = 0;
  };
  addEventListener('hashchange', follow);
  // Not before: the browser goes to the link's place itself then, and takes the focus along.
  addEventListener('load', follow);

  // Copying
  document.addEventListener('click', async ({ target }) => {
    const button = target.closest?.('.copy');
    if (!button) return;
    const text = one('pre', button.parentElement);
    try {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = 'Copied';
    } catch {
      getSelection().selectAllChildren(text);
      button.textContent = 'Selected';
    }
    setTimeout(() => {
      button.textContent = 'Copy';
    }, 2000);
  });

  // On paper every finding is open
  let opened = [];
  addEventListener('beforeprint', () => {
    opened = all('.rule:is(.fail, .warn, .error):not([open])');
    for (const rule of opened) rule.open = true;
  });
  addEventListener('afterprint', () => {
    for (const rule of opened) rule.open = false;
  });
})();
