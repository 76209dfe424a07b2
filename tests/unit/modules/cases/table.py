# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each module of the frame as data: what it takes as given, how it is made, and how it is changed. One file a service.

The twelve steps, drift, lost replies, kills and throttling all run over this one table; a module that is missing from
it fails a test.
"""

from __future__ import annotations

from . import acm
from . import autoscaling
from . import autoscaling_policy
from . import cloudwatch
from . import codedeploy
from . import ec2
from . import ecr
from . import ecs
from . import elbv2
from . import flow_log
from . import iam
from . import kms
from . import launch_template
from . import logs
from . import rds
from . import s3
from . import secretsmanager
from .case import Case

__all__ = ["BY_NAME", "CASES", "Case"]

CASES = [
    *acm.CASES,
    *autoscaling.CASES,
    *autoscaling_policy.CASES,
    *cloudwatch.CASES,
    *codedeploy.CASES,
    *ec2.CASES,
    *ecr.CASES,
    *ecs.CASES,
    *elbv2.CASES,
    *flow_log.CASES,
    *iam.CASES,
    *kms.CASES,
    *launch_template.CASES,
    *logs.CASES,
    *rds.CASES,
    *s3.CASES,
    *secretsmanager.CASES,
]
BY_NAME = {case.module: case for case in CASES}
