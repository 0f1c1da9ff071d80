"""An isolated engine for tests: writes a sine, or does what its options say. Run as a program."""

import json
import os
import sys
import time

import numpy as np

STEPS = 20


def main() -> None:
    for line in sys.stdin:
        message = json.loads(line)
        if message["do"] == "load":
            sys.stdout.write("a library says hello\n")
            say({"is": "ready"})
        elif message["do"] == "run":
            run(message)
        elif message["do"] == "cancel":
            say({"is": "error", "text": "cancelled"})


def run(message: dict) -> None:
    options = message["options"]
    if options.get("die"):
        os._exit(3)
    if options.get("fail"):
        say({"is": "error", "text": options["fail"]})
        return
    if options.get("hang"):
        time.sleep(3600)
    if options.get("wait_for_cancel"):
        say({"is": "progress", "fraction": 0.5})
        return  # back to the loop, where the cancel is read
    for step in range(STEPS):
        say({"is": "progress", "fraction": step / STEPS})
    t = np.arange(8000) / 8000
    np.sin(2 * np.pi * 440 * t).astype(np.float32).tofile(message["outputs"]["sound"])
    say({"is": "result", "values": {"task": message["task"], "pid": os.getpid()}})


def say(message: dict) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
