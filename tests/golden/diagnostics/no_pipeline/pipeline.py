from zcompile import step


@step
def load() -> int:
    return 1


if __name__ == "__main__":
    load.entrypoint()
