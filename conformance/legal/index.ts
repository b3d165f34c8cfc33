import { legalBackpressure } from './backpressure.ts';
import { legalCleanup } from './cleanup.ts';
import { legalCompression } from './compression.ts';
import { legalDelivery } from './delivery.ts';
import { legalHistories } from './histories.ts';
import { legalHttp } from './http.ts';
import { legalHttp2 } from './http2.ts';
import { legalNetworks } from './networks.ts';
import type { LegalVariant } from './not-accused.ts';
import { legalPrivacy } from './private.ts';
import { legalResumption } from './reconnect.ts';
import { legalSecurity } from './security.ts';
import { legalSoak } from './soak.ts';
import { legalOnTheWire } from './wire.ts';

/** Every odd but legal server that needs no process of its own, by the file that it stands in; `process.ts` has the others. */
export const legalVariants: Readonly<Record<string, readonly LegalVariant[]>> = {
  http: legalHttp,
  wire: legalOnTheWire,
  networks: legalNetworks,
  delivery: legalDelivery,
  soak: legalSoak,
  backpressure: legalBackpressure,
  cleanup: legalCleanup,
  reconnect: legalResumption,
  security: legalSecurity,
  private: legalPrivacy,
  compression: legalCompression,
  http2: legalHttp2,
  histories: legalHistories,
};
