# heap=65536 turns=4200 every=60 leaks=false owner=-
"""A command line with a history of ten lines."""
class Cli:
    def __init__(self):
        self.history = []
        self.commands = {"set": self.do_set, "get": self.do_get}
        self.values = {}

    def do_set(self, name, value):
        self.values[name] = value

    def do_get(self, name, *_):
        return self.values.get(name)

    def run(self, line):
        words = line.split()
        self.commands[words[0]](*words[1:])
        self.history = self.history[-9:] + [line]

cli = Cli()

def step(i):
    cli.run("set led%d %d" % (i % 4, i) if i % 3 == 0 else "get led%d" % (i % 4))

for i in range(4200):
    step(i)
