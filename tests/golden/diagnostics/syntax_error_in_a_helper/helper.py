VALUE = 1 +
