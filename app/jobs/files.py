"""Names of stored files: made from ids and fixed names only, the same on every attempt."""


def input_key(task_id: str, slot: str) -> str:
    return f"inputs/{task_id}/{slot}"


def output_key(task_id: str, conversion_id: str, name: str, extension: str) -> str:
    """The only output is called by its conversion id alone, as clients of the hosted service know it."""
    stem = conversion_id if name == "output" else f"{conversion_id}_{name}"
    return f"outputs/{task_id}/{stem}.{extension}"


def outputs_prefix(task_id: str) -> str:
    return f"outputs/{task_id}/"


def manifest_key(task_id: str) -> str:
    return f"outputs/{task_id}/manifest.json"
