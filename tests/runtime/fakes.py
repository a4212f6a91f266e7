"""A pipeline of plain functions, to plan and execute without the compiler."""

from msgspec.structs import replace

from zruntime.execution import Executor
from zruntime.hashing import digest_value
from zruntime.keys import explain
from zruntime.planning import looks_up, plan_run
from zruntime.records import Records
from zruntime.spec import OutputRef, PipelineSpec, StepSpec


class Function:
    """A step function that notes its calls."""

    def __init__(self, function, outputs=("output",)):
        self.function, self.outputs, self.calls = function, outputs, []

    def normalize(self, parameters, *, wired=()):
        return dict(parameters)

    def call(self, inputs, parameters, context):
        self.calls.append((dict(inputs), dict(parameters), context))
        returned = self.function(**inputs, **parameters)
        values = returned if len(self.outputs) > 1 else (returned,)
        return dict(zip(self.outputs, values, strict=True))


class Code:
    """Step functions by step name."""

    def __init__(self, **functions):
        self.functions = functions

    def load(self, step):
        return self.functions[step.name]

    def fingerprint_types(self, types):
        return ""


def spec_of(name, *, inputs=None, **fields):
    """A step whose code is told by its name, unless said otherwise."""
    return StepSpec(
        name=name,
        function=name,
        entrypoint=f"pipeline:{name}",
        code=fields.pop("code", digest_value(name)),
        inputs={key: OutputRef(*ref.split(".")) for key, ref in (inputs or {}).items()},
        outputs=fields.pop("outputs", {"output": "int"}),
        **fields,
    )


def pipeline_of(*steps, **fields):
    return PipelineSpec("numbers", steps, **fields)


def with_step(pipeline, name, **fields):
    """The pipeline with fields of one step changed."""
    steps = tuple(replace(step, **fields) if step.name == name else step for step in pipeline.steps)
    return replace(pipeline, steps=steps)


def run(pipeline, store, code, name, enable_cache=None):
    """Runs a pipeline as `.run()` does; returns its record."""
    records = Records(store)
    plan = plan_run(pipeline, store, records.history.explainer(pipeline.name), enable_cache)
    record = records.start(pipeline, plan, name, enable_cache=enable_cache)
    executor = Executor(pipeline, store, code, name, plan.artifacts, plan.origins)
    for step in pipeline.steps:
        if step.name in plan.cached:
            continue
        result = executor.execute(step.name, lookup=looks_up(pipeline, step, enable_cache))
        records.step_ended(record, step, result, plan.steps[step.name].reason)
    return records.run(pipeline.name, record.number)


def first_time(name, parts, unusable=""):
    """Explains the misses of a step that never ran before."""
    return explain(parts, [], unusable=unusable)


def states(record):
    return {step.name: step.state for step in record.steps}
