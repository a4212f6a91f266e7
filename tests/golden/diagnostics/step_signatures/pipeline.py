from zcompile import BaseStepConfig, Output, StepContext, pipeline, step


class First(BaseStepConfig):
    rows: int = 1


class Second(BaseStepConfig):
    columns: int = 1


@step
def two_configs(first: First, second: Second) -> int: ...


@step
def two_contexts(one: StepContext, other: StepContext) -> int: ...


@step
def unannotated(count, names: list[str], *rest: int, **options: int): ...


@step
def no_types(count: 3, names: [str]) -> {"a": int}: ...


@step
def wrong_default(config: First = 3) -> Output(): ...


@step
async def asynchronous() -> int: ...


@step
def generating() -> int:
    yield 1


@pipeline
def training():
    unannotated(two_configs(), [])
