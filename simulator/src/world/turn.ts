/**
 * Resolves once every promise that can go on now has done so: what one instant of virtual time sets off is over. The one
 * thing of the real world that a simulation needs, and all that it does is to come later.
 */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
