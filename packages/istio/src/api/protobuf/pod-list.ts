import { count, flag, inlined, many, map, type Message, one, text, texts, time } from './message.ts';

// Fields and numbers: k8s.io/api/core/v1/generated.proto and k8s.io/apimachinery/pkg/apis/meta/v1/generated.proto. Numbers
// never change their meaning there. What is here is what `PodObject` names, and nothing else.

const owner: Message = { 1: text('kind'), 3: text('name'), 6: flag('controller') };

const meta: Message = {
  1: text('name'),
  3: text('namespace'),
  5: text('uid'),
  6: text('resourceVersion'),
  8: time('creationTimestamp'),
  9: time('deletionTimestamp'),
  10: count('deletionGracePeriodSeconds'),
  11: map('labels'),
  12: map('annotations'),
  13: many('ownerReferences', owner),
};

const container: Message = {
  1: text('name'),
  2: text('image'),
  4: texts('args'),
  9: many('volumeMounts', { 1: text('name'), 3: text('mountPath') }),
  24: text('restartPolicy'),
};

const configMap: Message = {
  1: inlined({ 1: text('name') }),
  2: many('items', { 1: text('key'), 2: text('path') }),
};

const volume: Message = {
  1: text('name'),
  2: inlined({ 26: one('projected', { 1: many('sources', { 3: one('configMap', configMap) }) }) }),
};

const spec: Message = {
  1: many('volumes', volume),
  2: many('containers', container),
  11: flag('hostNetwork'),
  20: many('initContainers', container),
};

const state: Message = {
  1: one('waiting', { 1: text('reason'), 2: text('message') }),
  2: one('running', {}),
  3: one('terminated', { 1: count('exitCode'), 3: text('reason') }),
};

const containerStatus: Message = {
  1: text('name'),
  2: one('state', state),
  3: one('lastState', state),
  4: flag('ready'),
  5: count('restartCount'),
  7: text('imageID'),
};

const status: Message = {
  1: text('phase'),
  2: many('conditions', { 1: text('type'), 2: text('status'), 6: text('message') }),
  3: text('message'),
  4: text('reason'),
  8: many('containerStatuses', containerStatus),
  10: many('initContainerStatuses', containerStatus),
};

const pod: Message = { 1: one('metadata', meta), 2: one('spec', spec), 3: one('status', status) };

/** A PodList: its items as `PodObject`s, and what it says of the pages that follow. */
export const podList: Message = {
  1: one('metadata', { 3: text('continue'), 4: count('remainingItemCount') }),
  2: many('items', pod),
};
