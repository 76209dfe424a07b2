#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_task_definition
short_description: Keep a family of Fargate task definitions as described
version_added: 0.1.0
description:
  - Keeps a family of task definitions, found by its name. What stands is its newest active revision. A change registers a new one, made from
    all that is wanted; which revision runs is for M(groundwork.aws.ecs_service) to say, and nothing that runs is moved by this.
  - The images belong to deploys. They stay as they stand, unless O(image_moves).
  - The newest revisions are kept, and each that a service runs; older ones are deregistered. Removing it deregisters them all, which ECS keeps as inactive.
  - Every task has network mode C(awsvpc) and requires C(FARGATE). What else a revision says is taken out by the next one.
author: Groundwork contributors (@groundwork)
options:
  cpu:
    description: CPU units of a task; 1024 are one vCPU. V(256), V(512), V(1024), V(2048), V(4096), V(8192) or V(16384).
    type: int
    required: true
  memory:
    description: MiB of memory of a task. Which there are depends on O(cpu).
    type: int
    required: true
  platform:
    description: What tasks run on.
    type: dict
    default: {}
    suboptions:
      architecture:
        description: The kind of processor, for which the images have to be built.
        type: str
        choices: [X86_64, ARM64]
        default: X86_64
      system:
        description: The operating system family.
        type: str
        default: LINUX
  execution_role_arn:
    description: The role by which ECS pulls the images, reads the secrets and writes the logs. Empty for none.
    type: str
    default: ""
  task_role_arn:
    description: The role that the containers have themselves. Empty for none.
    type: str
    default: ""
  storage:
    description: GiB of storage that a task has while it lives, 20 to 200.
    type: int
    default: 20
  volumes:
    description: Volumes that containers mount. One by its name alone is empty at first, and lives as long as the task.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Its name.
        type: str
        required: true
      efs:
        description: A part of an EFS file system. The way to it is always encrypted.
        type: dict
        suboptions:
          file_system_id:
            description: The file system.
            type: str
            required: true
          root_directory:
            description: The directory that is mounted; the whole by default.
            type: str
          access_point_id:
            description: An access point, which says directory and user itself.
            type: str
          iam:
            description: Whether the task's role has to be allowed to mount it.
            type: bool
            default: false
  containers:
    description: Every container of the task. What is not given is as ECS has it by itself.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Its name.
        type: str
        required: true
      image:
        description:
          - The image, by tag or digest. It is what a family begins with, and what O(image_moves) moves it to.
          - Without it, the one that stands.
        type: str
      essential:
        description: Whether the task ends when it ends.
        type: bool
        default: true
      command:
        description: The command, in the place of the image's.
        type: list
        elements: str
      entry_point:
        description: The entry point, in the place of the image's.
        type: list
        elements: str
      working_directory:
        description: Where the command runs.
        type: str
      port:
        description: The TCP port on which it listens.
        type: int
      environment:
        description: Environment variables. No place for secrets, for they show in plans.
        type: dict
      secrets:
        description:
          - Environment variables whose values ECS fetches when a task starts. Each is an ARN of Secrets Manager, with C(:FIELD::) at its end for one
            field of a JSON object, or of a parameter of Systems Manager. The value itself is refused.
        type: dict
      log:
        description: The CloudWatch log that it writes to. A stream is C(prefix/container/task).
        type: dict
        suboptions:
          group:
            description: The log group, which has to stand.
            type: str
            required: true
          prefix:
            description: How the names of its streams begin.
            type: str
            required: true
          options:
            description: Other options of the driver awslogs, as C(mode), C(max-buffer-size) or C(awslogs-datetime-format).
            type: dict
      health_check:
        description: The command by which ECS sees whether it is well.
        type: dict
        suboptions:
          command:
            description: The command, which begins with C(CMD), C(CMD-SHELL) or C(NONE).
            type: list
            elements: str
            required: true
          interval:
            description: Seconds between two checks, 5 to 300.
            type: int
            default: 30
          timeout:
            description: Seconds after which a check failed, 2 to 60.
            type: int
            default: 5
          retries:
            description: Failed checks in a row after which it is ill, 1 to 10.
            type: int
            default: 3
          start_period:
            description: Seconds at its start in which failed checks do not count, 0 to 300.
            type: int
            default: 0
      read_only_root:
        description: Whether its root file system is read-only. What it writes goes to O(containers[].mounts) then.
        type: bool
        default: true
      user:
        description: Who it runs as, in the place of the image's user.
        type: str
      limits:
        description: Limits of its processes.
        type: list
        elements: dict
        suboptions:
          name:
            description: The limit, as C(nofile).
            type: str
            required: true
          soft:
            description: The soft limit.
            type: int
            required: true
          hard:
            description: The hard limit.
            type: int
            required: true
      init:
        description: Whether a process of its own reaps children and forwards signals.
        type: bool
        default: false
      depends_on:
        description: Other containers of the task that it waits for.
        type: list
        elements: dict
        suboptions:
          container:
            description: The other container.
            type: str
            required: true
          condition:
            description: What that one has to be.
            type: str
            choices: [START, COMPLETE, SUCCESS, HEALTHY]
            required: true
      stop_timeout:
        description: Seconds between being asked to stop and being killed, 120 at most; ECS gives 30.
        type: int
      mounts:
        description: The volumes that it mounts.
        type: list
        elements: dict
        suboptions:
          volume:
            description: The volume.
            type: str
            required: true
          path:
            description: Where it is mounted.
            type: str
            required: true
          read_only:
            description: Whether it is for reading alone.
            type: bool
            default: false
  image_moves:
    description:
      - Whether the images that are given take the place of those that stand, by a new revision, as a deploy has it.
      - Otherwise other images are no change, and where anything else differs the new revision has the images that stand.
    type: bool
    default: false
  images_of:
    description:
      - The revision, by ARN, whose images a new one has where they do not move; the newest by default.
      - After a deploy that went back the newest revision is not the one that serves.
    type: str
  keep:
    description: How many active revisions are kept, beside those that services run.
    type: int
    default: 5
extends_documentation_fragment:
  - groundwork.aws.frame
  - groundwork.aws.frame.one
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Keep the task definition of the shop's application
  groundwork.aws.ecs_task_definition:
    stack: shop
    component: app
    name: shop-app
    cpu: 512
    memory: 1024
    execution_role_arn: arn:aws:iam::123456789012:role/shop-app-execution
    task_role_arn: arn:aws:iam::123456789012:role/shop-app-task
    volumes: [{name: tmp}]
    containers:
      - name: app
        image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop-app:1.4.0
        port: 8080
        environment: {MODE: production}
        secrets: {DB_PASSWORD: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/db/credentials-AbCdEf:password::"}
        log: {group: /shop/app, prefix: app}
        mounts: [{volume: tmp, path: /tmp}]
"""

RETURN = r"""
planned:
  description: The resource with its component, type, name, key, action (none, create, update, delete), changed keys and id.
  returned: always
  type: list
  elements: dict
waited:
  description: What was awaited, and for how many seconds.
  returned: always
  type: list
  elements: dict
task_definition:
  description:
    - What stands, or would under check mode; empty when it is absent. C(id) is the family's ARN, which stays.
    - C(task_definition.arn) and C(task_definition.revision) are the newest revision's, V((known after apply)) under check mode where a new one is planned.
  returned: success
  type: dict
  sample:
    id: arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-app
    arn: arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-app:7
    revision: 7
    images: {app: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop-app:1.4.0"}
"""

from ansible_collections.groundwork.aws.plugins.module_utils._modules.ecs_task_definition import main

if __name__ == "__main__":
    main()
