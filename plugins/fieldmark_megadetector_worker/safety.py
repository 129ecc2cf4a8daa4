"""What is set before the library is imported, so that nothing leaves this computer.

PyTorch-Wildlife downloads weights where it finds none, ultralytics sends usage data and installs
what it misses with pip, gradio counts its users. All of them are told not to; and because telling
does not bind a library, the process has no network besides: every attempt fails with a sentence.
"""

import os
import socket
from pathlib import Path
from typing import NoReturn

SWITCHES = {
    "YOLO_OFFLINE": "true",  # no usage data, no look for newer versions
    "YOLO_AUTOINSTALL": "false",  # else it may run pip at run time
    "YOLO_VERBOSE": "false",
    "ULTRALYTICS_SAFE_LOAD": "1",  # reads weights by `weights_only`, with a list of classes
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "DO_NOT_TRACK": "1",
    "WANDB_MODE": "disabled",
}
FOLDERS = ("YOLO_CONFIG_DIR", "TORCH_HOME", "HF_HOME")
"""Where the libraries keep settings and downloads: in a folder that ends with the process."""
REFUSAL = (
    "the process of MegaDetector has no network: something tried to reach {address}; weights are"
    " never downloaded by it, they are named in the profile"
)


def prepare(folder: Path) -> None:
    """Set the switches and the folders of this process, and take the network away."""
    os.environ.update(SWITCHES)
    for name in FOLDERS:
        private = folder / name.lower()
        private.mkdir(parents=True, exist_ok=True)
        os.environ[name] = str(private)
    cut_off()


def cut_off() -> None:
    """Refuse every connection and every look-up of a name from now on."""

    def connect(_socket: socket.socket, address: object) -> NoReturn:
        raise ConnectionError(REFUSAL.format(address=address))

    def look_up(host: object, *_arguments: object, **_keywords: object) -> NoReturn:
        raise ConnectionError(REFUSAL.format(address=host))

    for name in ("connect", "connect_ex"):
        setattr(socket.socket, name, connect)
    for name in ("create_connection", "getaddrinfo", "gethostbyname"):
        setattr(socket, name, look_up)
