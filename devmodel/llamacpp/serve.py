"""Serves a model by llama.cpp, for the process that has started it.

    python3 -I -S -B serve.py check    what this machine has, as JSON
    python3 -I -S -B serve.py load     whether the library of the server can be loaded
    python3 -I -S -B serve.py serve    a server; it prints its address once the model is loaded

The first line of standard input has the settings as JSON, so that the key is in no list of processes. Its end
ends the server: the parent is gone then, however it went.
"""

import json
import os
import sys


def check():
    import ctypes
    import platform

    libc = ""
    try:
        libc = os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (AttributeError, ValueError, OSError):
        pass  # no glibc

    missing = []
    for name in ("libgomp.so.1", "libstdc++.so.6") if sys.platform == "linux" else ():
        try:
            ctypes.CDLL(name)
        except OSError:
            missing.append(name)

    print(json.dumps({
        "python": list(sys.version_info[:3]),
        "implementation": platform.python_implementation(),
        "bits": 64 if sys.maxsize > 2**32 else 32,
        "libc": libc,
        "missing": missing,
    }))


def load(settings):
    sys.path.insert(0, settings["library"])
    import xllamacpp

    return xllamacpp


def end_with_parent():
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)


def serve(settings):
    import threading

    threading.Thread(target=end_with_parent, daemon=True).start()

    # What the library prints goes to the log: the parent reads one line.
    parent = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    x = load(settings)
    p = x.CommonParams()
    p.model.path = settings["weights"]
    p.model_alias = {settings["model"]}
    p.hostnames = ["127.0.0.1"]
    p.port = 0
    p.api_keys = [settings["key"]]
    p.offline = True
    p.ui = False
    p.endpoint_slots = False
    p.n_parallel = settings["parallel"]
    p.n_ctx = settings["context"] * settings["parallel"]
    p.cpuparams.n_threads = settings["threads"]
    p.cpuparams_batch.n_threads = settings["threads"]
    p.cache_ram_mib = 0  # each agent has a slot, which keeps its prompt
    p.verbosity = 2

    s = x.Server(p)
    print(json.dumps({"address": s.listening_address}), file=parent, flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    what = sys.argv[1]
    if what == "check":
        check()
    else:
        settings = json.loads(sys.stdin.buffer.readline())
        {"load": load, "serve": serve}[what](settings)
