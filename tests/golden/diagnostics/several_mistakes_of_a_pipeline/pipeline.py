from zcompile import pipeline, step


class Table: ...


@step
def load(rows: int) -> int:
    return rows


@pipeline
def loading(rows: int, table: Table = None, factor: int = 1):
    load(rows, 1)


@pipeline
def typed(table: Table):
    load(1)


typed(table=Table())
