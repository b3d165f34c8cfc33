import type { IJob } from 'kubernetes-models/batch/v1';
import type { IConfigMap, IPodSpec, IService } from 'kubernetes-models/v1';
import { stringify } from 'yaml';
import type { ShardPlan } from './shard-plan.ts';

export interface KubernetesOptions {
  /** Of every object: lower-case letters, digits and dashes, 40 at most. */
  readonly name: string;
  /** A container image with `ssert` on its PATH. */
  readonly image: string;
  /** Whole CPUs of each pod. */
  readonly cpus: number;
  /** Memory of each pod, as Kubernetes writes it: `2Gi`. */
  readonly memory: string;
  /** The job ends after this much time, whatever became of it, s. */
  readonly deadlineS: number;
}

/** Where the coordinator listens within its pod. */
const port = 8790;

/**
 * A plan as YAML for `kubectl apply`: the plan in a ConfigMap, a headless Service that gives the coordinator a name, and
 * an Indexed Job with a pod for each shard. No cluster has run it; its objects fit the schemas of Kubernetes 1.24 and up.
 */
export function kubernetesYaml(plan: ShardPlan, options: KubernetesOptions): string {
  return [configMap(plan, options), service(options), job(plan, options)].map((one) => stringify(one)).join('---\n');
}

function configMap(plan: ShardPlan, { name }: KubernetesOptions): object {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
    immutable: true,
    data: { 'plan.json': `${JSON.stringify(plan, null, 2)}\n` },
  } satisfies IConfigMap;
}

function service({ name }: KubernetesOptions): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: {
      clusterIP: 'None',
      selector: { 'job-name': name },
      // Shards look for the coordinator before it is ready.
      publishNotReadyAddresses: true,
      ports: [{ name: 'join', port }],
    },
  } satisfies IService;
}

function job(plan: ShardPlan, options: KubernetesOptions): object {
  const { name, deadlineS } = options;
  const shards = plan.shards.length;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: {
      completionMode: 'Indexed',
      completions: shards,
      parallelism: shards,
      // A shard that starts again has missed the start: the run is invalid, and need not go on.
      backoffLimit: 0,
      podFailurePolicy: {
        rules: [
          { action: 'FailJob', onExitCodes: { operator: 'NotIn', values: [0] } },
          { action: 'FailJob', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
        ],
      },
      activeDeadlineSeconds: deadlineS,
      template: { metadata: { labels: { app: name } }, spec: podSpec(options) },
    },
  } satisfies IJob;
}

function podSpec({ name, image, cpus, memory }: KubernetesOptions): IPodSpec {
  // Requests that equal limits, in whole CPUs, may get CPUs of their own from the kubelet.
  const resources = { cpu: String(cpus), memory };
  return {
    restartPolicy: 'Never',
    // Pods of an Indexed Job are called NAME-INDEX.
    subdomain: name,
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { labelSelector: { matchLabels: { app: name } }, topologyKey: 'kubernetes.io/hostname' },
        ],
      },
    },
    securityContext: { sysctls: [{ name: 'net.ipv4.ip_local_port_range', value: '1024 65535' }] },
    containers: [
      {
        name: 'shard',
        image,
        command: ['ssert', 'bench', 'shard', '--plan', '/plan/plan.json'],
        // One CPU is left to who publishes, watches and writes.
        args: [
          ...['--coordinator', `${name}-0.${name}:${port}`, '--listen', `0.0.0.0:${port}`],
          ...['--workers', String(Math.max(1, cpus - 1))],
        ],
        ports: [{ containerPort: port }],
        resources: { requests: resources, limits: resources },
        volumeMounts: [{ name: 'plan', mountPath: '/plan', readOnly: true }],
      },
    ],
    volumes: [{ name: 'plan', configMap: { name } }],
  };
}
