def scale(value: int) -> int:
    return 2 * value
