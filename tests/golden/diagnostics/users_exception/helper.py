TABLES = {"orders": "o"}


def table(name: str) -> str:
    try:
        return TABLES[name]
    except KeyError as error:
        raise ValueError(f"no table {name}\nknown: {[*TABLES]}") from error
