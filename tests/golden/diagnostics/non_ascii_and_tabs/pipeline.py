from zcompile import pipeline, step


@step
def größe(名前: str = "名前") -> int:
    return 1


@step
def double(value: int) -> int:
    return 2 * value


@pipeline
def pläne():
	größe(名前="äöü"); double(größe(名前="äöü"), wert=3)
	double(value="名前" + "äöü", wert=größe())
