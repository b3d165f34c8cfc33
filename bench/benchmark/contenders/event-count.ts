/** Counts events in the bytes of streams, by the blank line: as little as any client has to do. */
export class EventCount {
  events = 0;
  streams = 0;

  take(bytes: Uint8Array): void {
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1))
      if (bytes[at - 1] === 10) this.events += 1;
  }
}
