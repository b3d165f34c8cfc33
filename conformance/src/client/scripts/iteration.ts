import type { ClientScript } from '../client-script.ts';

/** A loop over two connections, whose stream is closed at the second event. */
export const iterates: ClientScript = ({ iterate }, url, note) => {
  const stream = iterate(url);
  const loop = async (): Promise<void> => {
    const got: string[] = [];
    for await (const { data } of stream) {
      got.push(data);
      note('what the loop got', [...got]);
      // From outside of the loop, while it waits for more.
      if (got.length === 2) setTimeout(() => stream.close(), 50);
    }
  };
  loop().then(
    () => note('how the loop ended after close()', 'by itself'),
    (error: unknown) => note('how the loop ended after close()', `by ${error}`),
  );
  return () => stream.close();
};

/** connect() three times, then close() and connect() at the first event. */
export const connectsAgain: ClientScript = ({ connect }, url, note) => {
  const got: string[] = [];
  const client = connect(url, (data) => {
    got.push(data);
    note('what it told', [...got]);
    if (got.length > 1) return;
    client.connect();
    client.close();
    // In another turn: a client may need one to be rid of the first connection.
    setTimeout(() => client.connect(), 100);
  });
  for (let times = 0; times < 3; times += 1) client.connect();
  return () => client.close();
};
