# heap=98304 turns=4200 every=60 leaks=true owner=cli also=qemu
"""A command line keeps all lines that were typed."""
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
        if words[0] == "set":
            self.history.append(line)

cli = Cli()

def step(i):
    cli.run("set led%d %d" % (i % 4, i) if i % 30 == 0 else "get led%d now %d" % (i % 4, i))

for i in range(4200):
    step(i)
