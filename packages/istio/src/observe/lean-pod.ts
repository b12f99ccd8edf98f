import type { Container, PodObject, PodSpec, Volume } from '../api/objects.ts';

/**
 * What is read of a pod anywhere here, in objects of its own. An injected pod is some 15 KB of JSON, nearly all of it the
 * environments, probes and volumes of its containers: thousands of them whole would be most of a plan's memory.
 */
export function leanPod(pod: PodObject): PodObject {
  const { managedFields: _writers, ...metadata } = pod.metadata;
  const { spec, status } = pod;
  return {
    metadata,
    ...(spec !== undefined && { spec: leanSpec(spec) }),
    ...(status !== undefined && { status }),
  };
}

function leanSpec({ containers, initContainers, volumes, hostNetwork }: PodSpec): PodSpec {
  return {
    ...(containers !== undefined && { containers: containers.map(leanContainer) }),
    ...(initContainers !== undefined && { initContainers: initContainers.map(leanContainer) }),
    ...(volumes !== undefined && { volumes: volumes.map(leanVolume) }),
    ...(hostNetwork !== undefined && { hostNetwork }),
  };
}

function leanContainer({ name, image, args, restartPolicy, volumeMounts }: Container): Container {
  return {
    name,
    ...(image !== undefined && { image }),
    ...(args !== undefined && { args }),
    ...(restartPolicy !== undefined && { restartPolicy }),
    ...(volumeMounts !== undefined && { volumeMounts }),
  };
}

function leanVolume({ name, projected }: Volume): Volume {
  return { name, ...(projected !== undefined && { projected }) };
}
