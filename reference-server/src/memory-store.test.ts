import { eventStoreContract } from '../testing/event-store-contract.ts';
import { MemoryStore } from './memory-store.ts';

eventStoreContract(
  'the memory store',
  async () => {
    const store = new MemoryStore('life1');
    return {
      store,
      reopen: async () => {
        await store.close();
        return new MemoryStore('life2');
      },
    };
  },
  { durable: false, takesIds: true },
);
