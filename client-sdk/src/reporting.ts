/** Calls back as an `EventTarget` does: what is thrown is reported in the runtime's way, and costs nobody else an event. */
export function callReporting<T>(callback: (value: T) => void, value: T): void {
  try {
    callback(value);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
