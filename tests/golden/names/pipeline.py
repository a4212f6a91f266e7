from zcompile import Output, pipeline, step


@step
def produce() -> Output(first_long_output=int, second_long_output=int, third_long_output=int):
    return 1, 2, 3


@step
def consume(first: int, second: int, third: int) -> int:
    return first


@pipeline(name="1st-pipeline.v2")
def odd():
    values = produce.with_options(name="class")()
    consume.with_options(name="2nd.step-with_a_rather_long_name")(*values)
    for name in ("DAG", "Label", "match", "None", "a.b", "__import__", "datetime", "print"):
        consume.with_options(name=name)(*values)
