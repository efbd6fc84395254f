# heap=65536 turns=3500 every=50 leaks=false owner=- also=rp2
"""A state is sent as JSON and read back."""
import json
state = {"name": "node", "values": [0] * 8}

def step(i):
    global state
    state["values"][i % 8] = i
    state["time"] = str(i)
    state = json.loads(json.dumps(state))

for i in range(3500):
    step(i)
