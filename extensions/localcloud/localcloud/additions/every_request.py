# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every service: a request's parameters are what botocore's service model says, as AWS's own front door sees to."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.serialize import create_serializer
from botocore.validate import ParamValidator

from ..call import Call
from ..replies import AwsError
from . import ANY, before

_ERRORS_PAGE = "EC2 error codes; each service's CommonErrors"
# What moto reads from a REST body of XML is not always what the model calls it.
_READABLE = {"ec2", "query", "json", "rest-json"}


@before(ANY, ANY, adds="parameters are validated by botocore's service model: missing, ill-typed, out of range, no "
        "member of an enum; for EC2 unknown ones too", source=_ERRORS_PAGE)  # fmt: skip
def validate(call: Call) -> None:
    """Refuse what does not fit the model, in the service's own words."""
    shape = call.model.input_shape if call.model else None
    if shape is None or call.model.service_model.protocol not in _READABLE:
        return
    if call.malformed:
        raise _invalid(call, call.malformed)
    if call.service == "ec2":
        _refuse_unknown(call)
    for reason, name, details in ParamValidator().validate(call.params, shape)._errors:
        if reason == "missing required field":
            raise _missing(call, ".".join(filter(None, [name, details["required_name"]])))
        raise _invalid(call, f"{name}: {reason}")
    for problem in _out_of_bounds(call.params, shape, ""):
        raise _invalid(call, problem)


def _refuse_unknown(call: Call) -> None:
    known = create_serializer("ec2", include_validation=False).serialize_to_request(call.params, call.model)["body"]
    for name in call.form:
        if name not in known:
            raise AwsError("UnknownParameter", f"The parameter {name} is not recognized")


def _missing(call: Call, name: str) -> AwsError:
    if call.service == "ec2":
        return AwsError("MissingParameter", f"The request must contain the parameter {name}")
    return _invalid(call, f"Value null at '{name}' failed to satisfy constraint: Member must not be null")


def _invalid(call: Call, problem: str) -> AwsError:
    if call.service == "ec2":
        return AwsError("InvalidParameterValue", problem)
    code = "ValidationError" if call.model and call.model.service_model.protocol == "query" else "ValidationException"
    return AwsError(code, f"1 validation error detected: {problem}")


def _out_of_bounds(value: Any, shape: Any, name: str) -> Iterator[str]:
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        for key, inner in value.items():
            if key in shape.members:
                yield from _out_of_bounds(inner, shape.members[key], f"{name}.{key}".strip("."))
    elif kind == "list":
        for inner in value:
            yield from _out_of_bounds(inner, shape.member, name)
    elif kind == "string" and shape.enum and value not in shape.enum:
        yield f"Value ({value}) for parameter {name} is invalid. Member must satisfy enum value set: {shape.enum}"
    elif kind in ("integer", "long") and value > shape.metadata.get("max", value):
        yield f"Value ({value}) for parameter {name} is invalid. Member must be at most {shape.metadata['max']}"
