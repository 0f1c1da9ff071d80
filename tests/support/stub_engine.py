"""The program of an isolated environment for tests, in plain Python: halves sound, or does what its options say."""

import json
import os
import sys
import time
from array import array
from pathlib import Path

loaded = {}


def main() -> None:
    for line in sys.stdin:
        message = json.loads(line)
        {"load": load, "run": run, "unload": unload, "cancel": cancel}[message["do"]](message)


def load(message: dict) -> None:
    sys.stdout.write("a library says hello\n")
    if message["options"].get("refuse"):
        say(message, "error", text=message["options"]["refuse"])
        return
    loaded[message["model"]] = message["options"]
    say(message, "ready", pid=os.getpid(), environment=sorted(os.environ), **message["options"].get("ready", {}))


def unload(message: dict) -> None:
    loaded.pop(message["model"])
    say(message, "result")


def cancel(message: dict) -> None:
    say(message, "error", text="cancelled")


def run(message: dict) -> None:
    options = loaded[message["model"]] | message["options"]
    once = options.get("die_once")
    if options.get("die") or (once and not Path(once).exists()):
        if once:
            Path(once).touch()
        os._exit(3)
    if options.get("fail"):
        say(message, "error", text=options["fail"])
        return
    say(message, "progress", fraction=0.5)
    if options.get("hang"):
        time.sleep(3600)
    if options.get("wait_for_cancel"):
        return  # back to the loop, where the cancel is read
    say({"call": message["call"] - 1}, "error", text="an answer to a call that was given up")
    sound = array("f")
    for path in message["inputs"].values():
        sound.frombytes(Path(path).read_bytes())
    half = array("f", (sample / 2 for sample in sound[: options.get("most")])).tobytes()
    for path in message["outputs"].values():
        Path(path).write_bytes(half)
    say(message, "result", values={"task": message["task"], "pid": os.getpid(), "models": sorted(loaded)})


def say(message: dict, what: str, **more: object) -> None:
    sys.stdout.write(json.dumps({"call": message["call"], "is": what, **more}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
