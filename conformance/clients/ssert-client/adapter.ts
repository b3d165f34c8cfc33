import { defineClient } from '@ssert/conformance/client';
import { ourClient } from './streams.ts';

export default defineClient(ourClient);
