import { generateKeyPairSync, sign } from 'node:crypto';

/** A certificate and its key, both PEM. */
export interface LoopbackCertificate {
  readonly cert: string;
  readonly key: string;
}

/**
 * A fresh certificate for 127.0.0.1 that signs itself, to be trusted by who made it and nobody else. Node makes keys and
 * signatures, but no certificates; a package that does would bring twenty others, and `openssl` is not everywhere.
 */
export function loopbackCertificate(): LoopbackCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signatureAlgorithm = der(tags.sequence, oids.ecdsaWithSha256);
  const name = der(
    tags.sequence,
    der(tags.set, der(tags.sequence, oids.commonName, der(tags.utf8, Buffer.from('ssert null server')))),
  );
  // Not by today's date: it lives for seconds, and a clock that is wrong must not make it invalid.
  const validity = der(
    tags.sequence,
    ...['200101000000Z', '491231235959Z'].map((at) => der(tags.time, Buffer.from(at))),
  );
  const loopback = der(tags.sequence, der(tags.ipAddress, Buffer.from([127, 0, 0, 1])));
  const extensions = der(tags.sequence, der(tags.sequence, oids.subjectAltName, der(tags.octets, loopback)));
  const content = der(
    tags.sequence,
    der(tags.version, der(tags.integer, Buffer.from([2]))),
    der(tags.integer, Buffer.from([1])),
    signatureAlgorithm,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(tags.extensions, extensions),
  );
  const signature = der(tags.bits, Buffer.from([0]), sign('sha256', content, privateKey));
  const certificate = der(tags.sequence, content, signatureAlgorithm, signature);
  const lines = certificate.toString('base64').replace(/.{64}/g, '$&\n');
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** Of X.690 and, for the last three, of RFC 5280 section 4.1. */
const tags = {
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  time: 0x17,
  sequence: 0x30,
  set: 0x31,
  ipAddress: 0x87,
  version: 0xa0,
  extensions: 0xa3,
} as const;

const oids = {
  /** 1.2.840.10045.4.3.2 */
  ecdsaWithSha256: der(tags.oid, Buffer.from('2a8648ce3d040302', 'hex')),
  /** 2.5.4.3 */
  commonName: der(tags.oid, Buffer.from('550403', 'hex')),
  /** 2.5.29.17 */
  subjectAltName: der(tags.oid, Buffer.from('551d11', 'hex')),
} as const;

/** One value of X.690, the distinguished encoding, of at most 65,535 bytes. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const long = length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...(length < 128 ? [length] : long)]), content]);
}
