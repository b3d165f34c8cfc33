import { PassThrough } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { ClientDefect } from './judge-client.ts';
import { type ClientBehaviour, literally } from './literal-behaviour.ts';

const offersGzip: Pick<ClientBehaviour, 'fields'> = {
  fields: (...of) => ({ ...literally.fields(...of), 'Accept-Encoding': 'gzip' }),
};

/** The right way to offer gzip. */
export const decodesGzip: Partial<ClientBehaviour> = {
  ...offersGzip,
  body: (response) =>
    response.headers['content-encoding'] === 'gzip'
      ? response.pipe(createGunzip()).on('error', () => undefined)
      : response,
};

export const encodingDefects: readonly ClientDefect[] = [
  {
    name: 'decodes a file once all of it is there',
    behaviour: {
      ...offersGzip,
      body: (response) => {
        if (response.headers['content-encoding'] !== 'gzip') return response;
        const whole = new PassThrough();
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => whole.end(Buffer.concat(chunks)));
        return whole.pipe(createGunzip()).on('error', () => undefined);
      },
    },
    breaks: 'http/content-encoding',
  },
];
