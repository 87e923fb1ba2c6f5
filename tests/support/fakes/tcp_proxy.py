"""An address of its own for a server that is up: nobody answers there until it is opened."""

from __future__ import annotations

import socket
import threading
from types import TracebackType

from tests.support.servers.postgresql import free_port


class Forwarder:
    """Passes bytes on to ``port`` of this machine, from the moment of ``open``."""

    def __init__(self, port: int) -> None:
        self._to, self.port = port, free_port()
        self._server: socket.socket | None = None
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Forwarder:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._server is not None:
            self._server.shutdown(socket.SHUT_RDWR)
            self._server.close()
        for thread in self._threads:
            thread.join(timeout=10)

    def open(self) -> None:
        """From now on somebody answers."""
        self._server = socket.create_server(("127.0.0.1", self.port))
        self._start(self._accept)

    def _accept(self) -> None:
        assert self._server is not None
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._to))
            self._start(self._pump, near, far)
            self._start(self._pump, far, near)

    def _start(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass
        finally:
            for end in (source, target):
                end.close()
