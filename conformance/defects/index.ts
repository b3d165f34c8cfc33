import { cleanupDefects } from './cleanup.ts';
import { compressionDefects } from './compression.ts';
import { deliveryDefects } from './delivery.ts';
import { deliveryTextDefects } from './delivery-text.ts';
import { framingDefects } from './framing.ts';
import { framingFieldDefects } from './framing-fields.ts';
import { historyDefects } from './histories.ts';
import { httpDefects } from './http.ts';
import { http2Defects } from './http2.ts';
import type { Defect } from './judge-defect.ts';
import { privacyDefects } from './private.ts';
import { reconnectDefects } from './reconnect.ts';
import { reconnectingDefects } from './reconnecting.ts';
import { securityDefects } from './security.ts';
import { soakDefects } from './soak.ts';
import { stalledReaderDefects } from './stalled-readers.ts';

/** Every planted defect that needs no process of its own, by the file that it stands in; `process.ts` has the others. */
export const plantedDefects: Readonly<Record<string, readonly Defect[]>> = {
  http: httpDefects,
  framing: framingDefects,
  'framing-fields': framingFieldDefects,
  delivery: deliveryDefects,
  'delivery-text': deliveryTextDefects,
  soak: soakDefects,
  'stalled-readers': stalledReaderDefects,
  cleanup: cleanupDefects,
  reconnect: reconnectDefects,
  reconnecting: reconnectingDefects,
  security: securityDefects,
  private: privacyDefects,
  compression: compressionDefects,
  http2: http2Defects,
  histories: historyDefects,
};
