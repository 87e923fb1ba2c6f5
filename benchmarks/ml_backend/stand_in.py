"""A language model on loopback that answers every request after the same time, however many there are; a process of its own.

    python -m benchmarks.ml_backend.stand_in PORT SECONDS
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.support.servers.postgresql import free_port

BODY = json.dumps({
    "id": "x", "object": "chat.completion", "created": 1, "model": "stand-in",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": json.dumps({"q0": "Yes"})}}],
    "usage": {"prompt_tokens": 100, "completion_tokens": 5, "total_tokens": 105},
}).encode()
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + str(len(BODY)).encode() + b"\r\n\r\n" + BODY


async def _serve(port: int, takes_s: float) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
                length = next((int(line.split(":")[1]) for line in head.split("\r\n") if line.startswith("content-length")), 0)
                await reader.readexactly(length)
                if takes_s:
                    await asyncio.sleep(takes_s)
                writer.write(ANSWER)
                await writer.drain()

    server = await asyncio.start_server(answer, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


@contextmanager
def running(takes_s: float) -> Iterator[str]:
    """Its address, as OPENAI_BASE_URL."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.ml_backend.stand_in", str(port), str(takes_s)])
    try:
        for _ in range(100):
            with contextlib.suppress(httpx.HTTPError):
                httpx.post(f"http://127.0.0.1:{port}/", content=b"{}", trust_env=False)
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.kill()
        process.wait()


def environment(folder: Path, base_url: str, **more: str) -> dict[str, str]:
    """Settings of a service with this model."""
    ours = ("LS_EXPERT_", "OPENAI_")
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(ours) and not name.lower().endswith("_proxy")},
        "LS_EXPERT_DATA_DIR": str(folder), "LS_EXPERT_SECRET_KEY": "k" * 32, "LS_EXPERT_SHARED_SECRET": "s" * 32, "LS_EXPERT_WEBHOOK_SECRET": "w" * 32,
        "OPENAI_BASE_URL": base_url, "LS_EXPERT_PRELABEL_MODEL": "stand-in", **more,
    }


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), float(sys.argv[2])))
