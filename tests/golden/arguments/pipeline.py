from zcompile import pipeline, step


@step
def load_orders() -> int:
    """Loads the orders."""
    return 1


@step
def report_orders(orders: int) -> int:
    return orders


@pipeline
def orders():
    """Reports the orders of a day."""
    report_orders(load_orders())
