"""Looks at ports of this machine: is one free, and is the server behind one ready."""

import errno
import http.client
import json
import socket
from urllib.parse import urlsplit

TIMEOUT_S = 2.0
READY = 200
ANSWERS = {READY, 503}


def problems(url: str) -> list[str] | None:
    """What `/readyz` of the server at `url` finds missing: nothing when it is ready, None when it does not answer."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=TIMEOUT_S)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        body = json.loads(answer.read())
        if answer.status not in ANSWERS:
            return None
        return [str(problem) for problem in body["problems"]]
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return None
    finally:
        connection.close()


def port_problem(host: str, port: int) -> str | None:
    """Why nobody can listen there now; None when somebody can."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, _, _, address = found[0]
        with socket.socket(family, kind) as probed:
            probed.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probed.bind(address)
            probed.listen(1)
    except socket.gaierror:
        return f"There is no address {host} on this machine"
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return f"Port {port} on {host} is in use; choose another with --port"
        return f"Port {port} on {host} cannot be used: {error.strerror}"
    return None
