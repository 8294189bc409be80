import { describe } from 'node:test';
import { createMemoryStore } from './memory-store.ts';
import { testTokenStoreContract } from './token-store-contract.ts';

describe('the token store in memory', () => {
  testTokenStoreContract(async () => {
    const store = createMemoryStore();
    return { store, again: async () => store };
  });
});
