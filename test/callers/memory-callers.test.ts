import { describe } from 'node:test';
import { testCallerStoreContract } from './caller-store-contract.ts';
import { createMemoryCallers } from './memory-callers.ts';

describe("the callers' table in memory", () => {
  testCallerStoreContract(async () => ({ store: createMemoryCallers() }));
});
