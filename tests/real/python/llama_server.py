"""llama.cpp's server: llama_server.py MODEL PORT CONTEXT_TOKENS. One request at a time."""

import signal
import sys

import xllamacpp

model, port, context_tokens = sys.argv[1:]
params = xllamacpp.CommonParams()
params.model.path = model
params.hostnames = ["127.0.0.1"]
params.port = int(port)
params.n_ctx = int(context_tokens)
params.n_parallel = 1
# Several wait for each other at every step, which takes a second a token on a machine that does other things.
params.cpuparams.n_threads = 1
params.endpoint_slots = True
params.endpoint_metrics = True
params.ui = False
server = xllamacpp.Server(params)
signal.pause()
