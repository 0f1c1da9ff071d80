"""Memory of this process's device. Torch is asked only where something has loaded it."""

import os
import sys

GIB = 2**30


def has_gpu() -> bool:
    """Whether this process uses a GPU: see above."""
    torch = sys.modules.get("torch")
    return torch is not None and bool(torch.cuda.is_available())


def room_bytes() -> int:
    """What models may take: the GPU's memory, else half of the machine's, a tenth kept free, at least 1 GiB."""
    if has_gpu():
        total = int(sys.modules["torch"].cuda.mem_get_info()[1])
    else:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    return total - max(total // 10, GIB)


def free_gpu() -> None:
    """Give back what torch keeps for its next tensors."""
    if has_gpu():
        sys.modules["torch"].cuda.empty_cache()
