"""How Jupyter starts and watches a kernel that is forked (`jobs.notebooks.kernels`). A provisioner is
Jupyter's interface to the process of a kernel."""

from __future__ import annotations

import os
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from jobs.notebooks.kernels import started


class Forked(LocalProvisioner):
    """Starts a kernel by forking; where that is not possible, as Jupyter's local provisioner does, which
    starts a new Python for each kernel. `jobs.notebooks.kernels.loaded` makes it the default."""

    process: Any  # a jobs.notebooks.kernels.Kernel, which answers as subprocess.Popen does

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel of the command line ``cmd`` and return how to connect to it. ``kwargs``: what
        Jupyter passes, of which `cwd` (working directory) and `env` (environment variables) count here."""
        cwd = kwargs.get("cwd")
        try:
            self.process = started(cmd, cwd=cwd, env=kwargs.get("env") or os.environ)
        except OSError:
            return await super().launch_kernel(cmd, **kwargs)
        self.pid = self.pgid = self.process.pid
        self.cwd = cwd
        return self.connection_info
