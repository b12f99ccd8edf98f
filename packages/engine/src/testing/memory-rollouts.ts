import { type RolloutRecord, type RolloutRequest, type RolloutStore, WasmcastError } from '@wasmcast/core';

/** A rollout store that exists in memory only. */
export class MemoryRollouts implements RolloutStore {
  record: RolloutRecord | undefined;
  request: RolloutRequest | undefined;

  read: RolloutStore['read'] = async () => {
    const { record, request } = this;
    return record === undefined ? undefined : { record, ...(request !== undefined && { request }) };
  };

  write: RolloutStore['write'] = async (record) => {
    if (record.version === 1) this.request = undefined;
    else if (this.record?.id !== record.id || this.record.version !== record.version - 1)
      throw new WasmcastError('WC-ROLL-010', 'somebody else took it over');
    this.record = record;
  };

  ask: RolloutStore['ask'] = async (_fleet, request) => {
    if (this.record === undefined) return false;
    this.request = request;
    return true;
  };

  delete: RolloutStore['delete'] = async () => {
    this.record = undefined;
    this.request = undefined;
  };
}
