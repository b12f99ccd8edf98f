import type { Container, ContainerState, ContainerStatus, PodObject, PodSpec, Volume } from './objects.ts';

/** A pod with just what `PodObject` names, in objects of its own: where no binary encoding is to be had, of thousands of whole ones. */
export function leanPod({ metadata, spec, status }: PodObject): PodObject {
  const owners = metadata.ownerReferences;
  return {
    metadata: {
      ...pick(
        metadata,
        'name',
        'namespace',
        'uid',
        'resourceVersion',
        'creationTimestamp',
        'deletionTimestamp',
        'deletionGracePeriodSeconds',
        'labels',
        'annotations',
      ),
      ...(owners && { ownerReferences: owners.map((owner) => pick(owner, 'kind', 'name', 'controller')) }),
    },
    ...(spec && { spec: leanSpec(spec) }),
    ...(status && { status: leanStatus(status) }),
  };
}

function leanSpec(spec: PodSpec): PodSpec {
  const { containers, initContainers, volumes } = spec;
  return {
    ...pick(spec, 'hostNetwork'),
    ...(containers && { containers: containers.map(leanContainer) }),
    ...(initContainers && { initContainers: initContainers.map(leanContainer) }),
    ...(volumes && { volumes: volumes.map(leanVolume) }),
  };
}

function leanContainer(container: Container): Container {
  const mounts = container.volumeMounts;
  return {
    ...pick(container, 'name', 'image', 'args', 'restartPolicy'),
    ...(mounts && { volumeMounts: mounts.map((mount) => pick(mount, 'name', 'mountPath')) }),
  };
}

function leanVolume({ name, projected }: Volume): Volume {
  const sources = projected?.sources?.map(({ configMap }) =>
    configMap === undefined
      ? {}
      : {
          configMap: {
            ...pick(configMap, 'name'),
            ...(configMap.items && { items: configMap.items.map((item) => pick(item, 'key', 'path')) }),
          },
        },
  );
  return { name, ...(projected && { projected: sources === undefined ? {} : { sources } }) };
}

function leanStatus(status: NonNullable<PodObject['status']>): NonNullable<PodObject['status']> {
  const { conditions, containerStatuses, initContainerStatuses } = status;
  return {
    ...pick(status, 'phase', 'reason', 'message'),
    ...(conditions && { conditions: conditions.map((each) => pick(each, 'type', 'status', 'message')) }),
    ...(containerStatuses && { containerStatuses: containerStatuses.map(leanContainerStatus) }),
    ...(initContainerStatuses && { initContainerStatuses: initContainerStatuses.map(leanContainerStatus) }),
  };
}

function leanContainerStatus(status: ContainerStatus): ContainerStatus {
  const { state, lastState } = status;
  return {
    ...pick(status, 'name', 'imageID', 'ready', 'restartCount'),
    ...(state && { state: leanState(state) }),
    ...(lastState && { lastState: leanState(lastState) }),
  };
}

function leanState({ running, waiting, terminated }: ContainerState): ContainerState {
  return {
    ...(running && { running: {} }),
    ...(waiting && { waiting: pick(waiting, 'reason', 'message') }),
    ...(terminated && { terminated: pick(terminated, 'reason', 'exitCode') }),
  };
}

/** Those of the named properties that are there. */
function pick<T extends object, K extends keyof T>(of: T, ...names: readonly K[]): Pick<T, K> {
  return Object.fromEntries(
    names.flatMap((name) => (of[name] === undefined ? [] : [[name, of[name]]])),
  ) as Pick<T, K>;
}
