import { Job } from 'kubernetes-models/batch/v1';
import { ConfigMap, Service } from 'kubernetes-models/v1';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { madeUpPlan } from '../../testing/made-up-plan.ts';
import { kubernetesYaml } from './kubernetes.ts';
import { readShardPlan } from './shard-plan.ts';

const plan = madeUpPlan(100_000, 9);
const yaml = kubernetesYaml(plan, {
  name: 'ssert-bench-1',
  image: 'example.com/ssert:1',
  cpus: 2,
  memory: '2Gi',
  deadlineS: 3600,
});
const [configMap, service, job] = parseAllDocuments(yaml).map((document) => document.toJS());

test('each object fits the schema of its kind', () => {
  expect([configMap.kind, service.kind, job.kind]).toEqual(['ConfigMap', 'Service', 'Job']);
  expect(() => new ConfigMap(configMap).validate()).not.toThrow();
  expect(() => new Service(service).validate()).not.toThrow();
  expect(() => new Job(job).validate()).not.toThrow();
  expect(() => new Job({ ...job, spec: { ...job.spec, completions: '9' } }).validate()).toThrow('must be integer');
});

test('the plan is in it, and cannot change under way', () => {
  expect(readShardPlan(JSON.parse(configMap.data['plan.json']))).toEqual(plan);
  expect(configMap.immutable).toBe(true);
});

test('there is a pod for each shard, on a node of its own, that is never started twice', () => {
  const { spec } = job.spec.template;
  expect(job.spec).toMatchObject({
    completionMode: 'Indexed',
    completions: 9,
    parallelism: 9,
    backoffLimit: 0,
    activeDeadlineSeconds: 3600,
  });
  expect(job.spec.podFailurePolicy.rules.map(({ action }: { action: string }) => action)).toEqual([
    'FailJob',
    'FailJob',
  ]);
  expect(spec.restartPolicy).toBe('Never');
  const [{ labelSelector, topologyKey }] = spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution;
  expect([labelSelector.matchLabels, topologyKey]).toEqual([
    job.spec.template.metadata.labels,
    'kubernetes.io/hostname',
  ]);
  const [{ resources }] = spec.containers;
  expect(resources.requests).toEqual(resources.limits);
  expect(spec.securityContext.sysctls).toEqual([{ name: 'net.ipv4.ip_local_port_range', value: '1024 65535' }]);
});

test('shards find the coordinator by the name that the service gives it', () => {
  const { spec } = job.spec.template;
  const [container] = spec.containers;
  expect(service.spec.clusterIP).toBe('None');
  expect(service.spec.selector).toEqual({ 'job-name': job.metadata.name });
  expect(spec.subdomain).toBe(service.metadata.name);
  expect(container.args).toContain(`${job.metadata.name}-0.${service.metadata.name}:${service.spec.ports[0].port}`);
  expect(container.volumeMounts[0].name).toBe(spec.volumes[0].name);
  expect(spec.volumes[0].configMap.name).toBe(configMap.metadata.name);
});
