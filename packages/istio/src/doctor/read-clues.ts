import { type InstanceChains, type InstanceId, type InstanceVerdict, isLive } from '@wasmcast/core';
import { isStatus } from '../api/api-error.ts';
import type { KubeClient } from '../api/client.ts';
import { kinds } from '../api/kinds.ts';
import { readInstance } from '../effective/read-effective.ts';
import { readSources, type Sources } from '../effective/sources.ts';
import { inOrderOfCompletion } from '../in-order-of-completion.ts';
import { proxyContainer } from '../verify/admin.ts';
import { podsAtATime } from '../verify/read-pod.ts';
import type { PodObject } from '../api/objects.ts';
import type { LogQuery } from '../api/pod-log.ts';
import type { EventObject } from './events.ts';
import { type ProxyLog, readProxyLog } from './proxy-log.ts';

/** What was found out about one instance. */
export interface InstanceClues {
  readonly log?: ProxyLog;
  readonly chains?: InstanceChains;
}

/** All that was looked at beside the verdicts. */
export interface Clues {
  /** By the uid of the instance. */
  readonly instances: ReadonlyMap<string, InstanceClues>;
  /** Warnings by namespace. */
  readonly events: ReadonlyMap<string, readonly EventObject[]>;
  readonly sources: Sources;
  readonly looked: readonly string[];
  readonly unseen: readonly string[];
}

/** A log has a line each second while Envoy is not ready: these are about an hour of them. */
const lastLines = 4000;
const maxLogBytes = 1024 * 1024;
/** Instances that are looked into; of a fleet that is down as a whole the first ones tell the cause. */
const instancesAtMost = 200;

/** Reads what may explain the instances that are not live: their logs and chains, the events, who else puts filters there. */
export async function readClues(
  client: KubeClient,
  verdicts: readonly InstanceVerdict[],
  podOf: (instance: InstanceId) => PodObject | undefined,
  signal: AbortSignal,
): Promise<Clues> {
  const broken = verdicts.filter((verdict) => !isLive(verdict)).map(({ instance }) => instance);
  const all = broken.flatMap((instance) => {
    const pod = podOf(instance);
    return pod === undefined ? [] : [{ instance, pod }];
  });
  const tasks = all.slice(0, instancesAtMost);
  const spaces = (list: readonly InstanceId[]): readonly string[] =>
    [...new Set(list.map(({ workload }) => workload.namespace))].toSorted();
  const unseen = new Set<string>();
  const [sources, events] = await Promise.all([
    readSources(client, spaces(verdicts.map(({ instance }) => instance)), signal),
    readWarnings(client, spaces(broken), unseen, signal),
  ]);
  const instances = new Map<string, InstanceClues>();
  const reading = inOrderOfCompletion(tasks, podsAtATime, async ({ instance, pod }) => {
    const [log, chains] = await Promise.all([
      readLog(client, instance, pod, unseen, signal),
      readInstance(client, instance, pod, sources, signal),
    ]);
    return { uid: instance.uid, clues: { ...(log && { log }), chains } };
  });
  for await (const { uid, clues } of reading) instances.set(uid, clues);
  if (all.length > tasks.length)
    unseen.add(`${all.length - tasks.length} further instances that are not live`);
  const logs = [...instances.values()].filter(({ log }) => log !== undefined).length;
  return {
    instances,
    events,
    sources,
    looked: [
      `the configuration of ${verdicts.length} proxies`,
      ...(logs > 0 ? [`the logs of ${logs} proxies that are not as expected`] : []),
      ...(events.size > 0 ? [`the events of ${[...events.keys()].join(', ')}`] : []),
      `${sources.list.length} objects that put filters into proxies`,
    ],
    unseen: [...unseen, ...sources.unseen].toSorted(),
  };
}

async function readWarnings(
  client: KubeClient,
  namespaces: readonly string[],
  unseen: Set<string>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly EventObject[]>> {
  const lists = await Promise.all(
    namespaces.map(async (namespace): Promise<readonly (readonly [string, readonly EventObject[]])[]> => {
      try {
        const options = { namespace, fieldSelector: 'type=Warning', atMost: 500 };
        return [[namespace, (await client.list<EventObject>(kinds.Event, options, signal)).items]];
      } catch (error) {
        if (!isStatus(error, 403)) throw error;
        unseen.add(`events in ${namespace}: no right to list them`);
        return [];
      }
    }),
  );
  return new Map(lists.flat());
}

async function readLog(
  client: KubeClient,
  instance: InstanceId,
  pod: PodObject,
  unseen: Set<string>,
  signal: AbortSignal,
): Promise<ProxyLog | undefined> {
  const { namespace } = instance.workload;
  const since = new Date(pod.metadata.creationTimestamp ?? 0);
  const of: LogQuery = {
    namespace,
    name: instance.name,
    container: proxyContainer,
    since,
    maxBytes: maxLogBytes,
    tailLines: lastLines,
  };
  try {
    return readProxyLog(await client.log(of, signal));
  } catch (error) {
    signal.throwIfAborted();
    // A pod without that container, or before it runs, has no log: that is no right that is missing.
    if (isStatus(error, 401, 403)) unseen.add(`logs in ${namespace}: no right to get pods/log`);
    return undefined;
  }
}
