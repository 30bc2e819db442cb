"""psutil and os answer for the placement instead of the host (homodyne asks them, never its mask).

homodyne starts psutil.cpu_count(logical=False) - 1 workers (cmc/backends/worker_pool.py), so the
physical answer is the planned workers + 1 while it samples, and the placement's cores otherwise.
"""

import os


def install(task):
    placement = task.get("placement") or {}
    logical = int(placement.get("logical") or len(os.sched_getaffinity(0)))
    physical = int(placement.get("physical") or logical)
    memory = int(placement.get("memory_bytes") or 0)

    def os_cpu_count():
        return logical

    os.cpu_count = os_cpu_count

    def patch(psutil):
        host_memory = psutil.virtual_memory

        def cpu_count(logical=True):  # psutil's own signature
            return max(os_cpu_count(), physical) if logical else physical

        def virtual_memory():
            host = host_memory()
            if not 0 < memory < host.total:
                return host
            used = min(host.used, memory)
            available = min(host.available, memory)
            return host._replace(
                total=memory,
                available=available,
                used=min(used, memory - min(available, memory)),
                free=min(host.free, memory),
                percent=round(100.0 * (memory - available) / memory, 1),
            )

        psutil.cpu_count, psutil.virtual_memory = cpu_count, virtual_memory

    from .imports import after_import

    after_import("psutil", patch)
