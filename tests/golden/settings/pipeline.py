from zcompile import BaseStepConfig, StepContext, pipeline, step


class Settings(BaseStepConfig):
    rate: float
    day: str = "today"


@step
def extract(context: StepContext) -> int:
    return 1


@step(enable_cache=True)
def transform(settings: Settings, value: int) -> int:
    return value


@pipeline(enable_cache=False)
def configured(extract_step, transform_step):
    transform_step(extract_step())


instance = configured(extract(), transform(Settings(rate=0.5)))
