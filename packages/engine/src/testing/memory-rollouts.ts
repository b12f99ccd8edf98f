import {
  type RolloutRecord,
  type RolloutRequest,
  type RolloutStamp,
  type RolloutStore,
  WasmcastError,
} from '@wasmcast/core';

/** A rollout store that exists in memory only. */
export class MemoryRollouts implements RolloutStore {
  record: RolloutRecord | undefined;
  request: RolloutRequest | undefined;

  read: RolloutStore['read'] = async () => {
    const { record, request } = this;
    return record === undefined ? undefined : { record, ...(request !== undefined && { request }) };
  };

  look: RolloutStore['look'] = async () => {
    const { record, request } = this;
    return record === undefined ? undefined : { stamp: record, ...(request !== undefined && { request }) };
  };

  write: RolloutStore['write'] = async (record, over) => {
    this.#assertStands(over);
    if (over?.id !== record.id) this.request = undefined;
    this.record = record;
  };

  ask: RolloutStore['ask'] = async (_fleet, id, request) => {
    if (this.record?.id !== id) return false;
    this.request = request;
    return true;
  };

  delete: RolloutStore['delete'] = async (_fleet, stamp) => {
    this.#assertStands(stamp);
    this.record = undefined;
    this.request = undefined;
  };

  #assertStands(stamp: RolloutStamp | undefined): void {
    if (this.record?.id !== stamp?.id || this.record?.version !== stamp?.version)
      throw new WasmcastError('WC-ROLL-010', 'somebody else took it over');
  }
}
