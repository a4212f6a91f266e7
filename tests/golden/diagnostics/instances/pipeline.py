from zcompile import BaseStepConfig, pipeline, step


class LoaderConfig(BaseStepConfig):
    rows: int
    limit: float = 0.5


class TrainerConfig(BaseStepConfig):
    gamma: float = 0.1


@step
def loader(config: LoaderConfig) -> int:
    return config.rows


@step
def plain() -> int:
    return 1


@pipeline
def loading(first, second):
    first()
    second()


a = plain(10)
b = loader(TrainerConfig())
c = loader(LoaderConfig(rows=1), LoaderConfig(rows=2))
d = loader(rows=5)
e = loader(LoaderConfig(row=5))
f = loader(
    LoaderConfig(
        rows="many",
        limit=None,
    )
)
loading(first=plain(), second=loader(LoaderConfig(rows=1)))
