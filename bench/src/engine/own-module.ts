import { extname } from 'node:path';

/**
 * A module of ours that runs in a thread or process of its own: the source where sources run, else what was built of it.
 * @param here `import.meta.url` of who starts it @param name of the module beside that, without its extension
 */
export function ownModule(here: string, name: string): { readonly url: URL; readonly execArgv: string[] } {
  const extension = extname(here);
  return {
    url: new URL(`./${name}${extension}`, here),
    // Workspaces' sources are found only so.
    execArgv: extension === '.ts' ? ['--conditions=@ssert/source'] : [],
  };
}

/**
 * A terminal tells its whole process group of Ctrl-C, as `timeout` and what stops a service do of SIGTERM: the process that
 * started this one decides what becomes of it, by SIGKILL or by hanging up.
 */
export function leaveCtrlCToParent(): void {
  for (const name of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) process.on(name, () => undefined);
}
