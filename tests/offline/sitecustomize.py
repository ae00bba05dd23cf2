"""Put this folder on PYTHONPATH and Python reaches no machine but its own: lessons must run without a network.

And a warning in course_lib is an error: here, since pytest's own filters do not reach into the notebooks' kernels.
"""

import ipaddress
import socket
import sys
import warnings

warnings.filterwarnings("error", module=r"course_lib\b")
# jsonschema does without it; to import it takes a second or more of every process that reads a notebook.
sys.modules["rfc3987_syntax"] = None

_connect, _connect_ex = socket.socket.connect, socket.socket.connect_ex


def _refuse_outside(address):
    if not isinstance(address, tuple):  # a Unix socket
        return
    host = address[0]
    try:
        outside = not ipaddress.ip_address(host).is_loopback
    except ValueError:
        outside = host != "localhost"
    if outside:
        raise OSError(f"network blocked: this run may not reach {host}")


def connect(self, address):
    _refuse_outside(address)
    return _connect(self, address)


def connect_ex(self, address):
    _refuse_outside(address)
    return _connect_ex(self, address)


def getaddrinfo(host, *arguments, _real=socket.getaddrinfo, **options):
    _refuse_outside((host or "localhost",))
    return _real(host, *arguments, **options)


socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo = connect, connect_ex, getaddrinfo
