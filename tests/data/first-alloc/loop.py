def loop():
    pass


def star(*values):
    pass


loop()
